import { expect, test } from 'vitest';
import type { MediaPart, Message } from '../../src/domain/message.ts';
import { messagesBlocks } from '../../src/models/anthropic-messages/messages.ts';
import { chatMessage } from '../../src/models/openai-chat/messages.ts';
import { responsesItems } from '../../src/models/openai-responses/messages.ts';
import { toolNamesOf } from '../../src/models/wire/tool-names.ts';

const names = toolNamesOf([]);
const convert = {
  chat: (message: Message) => chatMessage(message, { names, provider: 'p' }),
  responses: (message: Message) => responsesItems(message, names),
  messages: (message: Message) => messagesBlocks(message, names),
};
type Client = keyof typeof convert;

const user = (part: MediaPart): Message => ({ role: 'user', content: [part, { type: 'text', text: 'x' }] });
const tool = (part: MediaPart): Message => ({
  role: 'tool',
  callId: 'c',
  name: 't',
  content: [{ type: 'text', text: 'x' }, part],
  isError: false,
});
const bytes = (mediaType: string): MediaPart => ({ type: 'media', mediaType, dataBase64: 'AAAA' });
const link = (mediaType: string): MediaPart => ({ type: 'media', mediaType, url: 'https://x.test/f' });

test.each<[Client, string, Message, string]>([
  ['chat', 'an image', user(bytes('image/png')), '"image_url":{"url":"data:image/png;base64,AAAA"}'],
  ['chat', 'a linked image', user(link('image/png')), '"image_url":{"url":"https://x.test/f"}'],
  ['chat', 'sound', user(bytes('audio/mpeg')), '"input_audio":{"data":"AAAA","format":"mp3"}'],
  ['chat', 'a PDF', user(bytes('application/pdf')), '"file_data":"data:application/pdf;base64,AAAA"'],
  ['responses', 'an image', user(bytes('image/png')), '"type":"input_image"'],
  ['responses', 'an image from a tool', tool(bytes('image/png')), '"type":"input_image"'],
  ['responses', 'a linked PDF', tool(link('application/pdf')), '"file_url":"https://x.test/f"'],
  ['messages', 'an image from a tool', tool(bytes('image/webp')), '"media_type":"image/webp"'],
  ['messages', 'a linked PDF', user(link('application/pdf')), '"type":"document"'],
])('%s carries %s', (client, _, message, expected) => {
  expect(JSON.stringify(convert[client](message))).toContain(expected);
});

test.each<[Client, string, Message]>([
  ['chat', 'an image from a tool', tool(bytes('image/png'))],
  ['chat', 'a video', user(bytes('video/mp4'))],
  ['responses', 'sound', user(bytes('audio/mpeg'))],
  ['responses', 'sound from a tool', tool(link('audio/mpeg'))],
  ['messages', 'sound', user(bytes('audio/wav'))],
  ['messages', 'a video from a tool', tool(link('video/mp4'))],
])('%s cannot carry %s, and says so to the model', (client, _, message) => {
  const sent = JSON.stringify(convert[client](message));
  expect(sent).toMatch(/\[(image|audio|video)\/\w+[^\]]*not shown, because/);
  expect(sent).not.toContain('AAAA');
});

test.each<Client>(['chat', 'responses', 'messages'])(
  '%s: an answer of another API goes in neutral words, without its reasoning',
  (client) => {
    const native = { api: 'recorded', item: { secret: 'signed' } } as const;
    const sent = JSON.stringify(
      convert[client]({
        role: 'assistant',
        parts: [
          { type: 'reasoning', text: 'foreign thought', native },
          { type: 'provider', native },
          { type: 'text', text: 'Said', native },
          { type: 'tool-call', callId: 'c', name: 'a.b', argumentsText: '{"x":1}', native },
        ],
      }),
    );
    expect(sent).toContain('Said');
    expect(sent).toContain('a__b');
    expect(sent).not.toMatch(/signed|foreign thought/);
  },
);

test.each<Client>(['chat', 'responses', 'messages'])('%s says that a tool failed', (client) => {
  const failed: Message = {
    role: 'tool',
    callId: 'c',
    name: 't',
    content: [{ type: 'text', text: 'no such file' }],
    isError: true,
  };
  expect(JSON.stringify(convert[client](failed))).toMatch(/The tool failed: no such file|"is_error":true/);
});
