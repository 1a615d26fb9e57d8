import type { ServerConfig } from '../../domain/server-config.ts';
import { DefinitionError } from '../../errors/index.ts';

// `$${NAME}` stands for the text `${NAME}`, for arguments that a shell of the server expands.
const variable = /\$(\$?)\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

export type Environment = Readonly<Record<string, string | undefined>>;

/** `${NAME}` replaced from the environment. `place` names the field, e.g. `tools.files.env.TOKEN`. */
export function interpolate(text: string, source: { environment: Environment; place: string }): string {
  return text.replace(variable, (whole, escaped: string, name: string) => {
    if (escaped !== '') return whole.slice(1);
    const value = source.environment[name];
    if (value === undefined) throw missing(name, source.place);
    return value;
  });
}

/** The variables that a server's configuration uses: their values are secrets. */
export function secretVariablesOf(config: ServerConfig): string[] {
  const texts = [
    ...('args' in config ? (config.args ?? []) : []),
    ...('env' in config ? Object.values(config.env ?? {}) : []),
    ...('headers' in config ? Object.values(config.headers ?? {}) : []),
  ];
  const names = texts.flatMap((text) => [...text.matchAll(variable)]);
  return [...new Set(names.filter(([, escaped]) => escaped === '').map(([, , name]) => name ?? ''))].sort();
}

function missing(name: string, place: string): DefinitionError {
  return new DefinitionError({
    code: 'SECRET_MISSING',
    message: `${place} uses \${${name}}, and the environment variable ${name} is not set.`,
    hint: `set it (export ${name}=…), or write $\${${name}} if the text itself is meant.`,
    details: { variable: name, place },
  });
}
