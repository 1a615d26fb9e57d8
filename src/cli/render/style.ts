import { styleText } from 'node:util';

export type Ink = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';
/** Colours a text, or leaves it as it is. */
export type Style = (ink: Ink, text: string) => string;

export const plainStyle: Style = (_ink, text) => text;

/** Colours when the stream is a terminal that wants them: NO_COLOR and FORCE_COLOR are honoured by Node itself. */
export function styleFor(stream: NodeJS.WriteStream): Style {
  return (ink, text) => styleText(ink, text, { stream });
}
