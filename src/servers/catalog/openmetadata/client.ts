import { z } from 'zod';
import { maySendSecretTo, withoutCredentials } from '../../../domain/secret-address.ts';
import { AiworkflowError, DefinitionError, messageOf } from '../../../errors/index.ts';

export interface ClientSettings {
  /** Of the server, without `/api/v1`. https, or http to this machine. */
  readonly url: string;
  /** A bot's JWT. Sent as a header and shown nowhere. */
  readonly token: string;
  /** Milliseconds for one request (default 10,000). */
  readonly timeoutMs?: number;
}

interface Sending {
  readonly method: 'PUT' | 'POST' | 'PATCH';
  readonly path: string;
  readonly body: unknown;
  /** Default `application/json`; a text body is sent as it is. */
  readonly type?: 'application/json-patch+json' | 'application/yaml';
}

/** OpenMetadata's REST API, as far as the catalog needs it. Everything throws AiworkflowError CATALOG_FAILED but what is said. */
export interface OpenMetadataClient {
  /** Undefined when the server has no such thing. */
  find<Value>(path: string, schema: z.ZodType<Value>): Promise<Value | undefined>;
  text(path: string): Promise<string>;
  /** All pages of a list. */
  list<Value>(path: string, schema: z.ZodType<Value>): Promise<Value[]>;
  send<Value>(sending: Sending, schema: z.ZodType<Value>): Promise<Value>;
}

const pageSize = 100;
/** A server that always names a next page must not be asked for ever. */
const mostPages = 1000;
const mostAnswerBytes = 50_000_000;
const page = z.looseObject({
  data: z.array(z.unknown()),
  paging: z.looseObject({ after: z.string().nullish() }).nullish(),
});

/** Throws DefinitionError USAGE for an address that would send the token in the clear. */
export function createClient({ url, token, timeoutMs = 10_000 }: ClientSettings): OpenMetadataClient {
  const base = `${checkedUrl(url)}/api/v1`;
  const ask = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = {
      accept: 'application/json, application/yaml',
      ...init.headers,
      authorization: `Bearer ${token}`,
    };
    try {
      // A redirect would carry the token to wherever the server points.
      return await fetch(base + path, {
        ...init,
        headers,
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      });
    } catch (cause) {
      const why =
        cause instanceof Error && cause.name === 'TimeoutError'
          ? `no answer in ${timeoutMs} ms`
          : reasonOf(cause);
      throw failed(`${base}${path}: ${why}.`, {
        hint: 'is the server up, and is --openmetadata its address?',
        cause,
      });
    }
  };
  const answer = async (path: string, init?: RequestInit): Promise<{ status: number; text: string }> => {
    const response = await ask(path, init);
    const text = await bodyOf(response, `${base}${path}`);
    if (response.ok || (response.status === 404 && !init?.method)) return { status: response.status, text };
    throw refused({ place: `${init?.method ?? 'GET'} ${base}${path}`, status: response.status, text });
  };
  const found = async (path: string): Promise<string> => {
    const { status, text } = await answer(path);
    if (status === 404) throw refused({ place: `GET ${base}${path}`, status, text });
    return text;
  };
  return {
    find: async (path, schema) => {
      const { status, text } = await answer(path);
      return status === 404 ? undefined : checked(text, { schema, place: base + path });
    },
    text: found,
    list: async (path, schema) => {
      const values: unknown[] = [];
      let after: string | null | undefined;
      for (let pages = 0; pages < mostPages; pages += 1) {
        const query = `${path.includes('?') ? '&' : '?'}limit=${pageSize}${after ? `&after=${encodeURIComponent(after)}` : ''}`;
        const { data, paging } = checked(await found(path + query), { schema: page, place: base + path });
        values.push(...data);
        after = paging?.after;
        if (!after) return checkedValue(values, { schema: z.array(schema), place: base + path });
      }
      throw failed(`${base}${path} has more than ${mostPages} pages.`, {
        hint: 'the server repeats itself: see its log.',
      });
    },
    send: async ({ method, path, body, type = 'application/json' as const }, schema) => {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const sent = await answer(path, { method, body: text, headers: { 'content-type': type } });
      return checked(sent.text, { schema, place: `${method} ${base}${path}` });
    },
  };
}

function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && maySendSecretTo(url) && !url.username && !url.search && !url.hash)
    return text.replace(/\/+$/, '').replace(/\/api(\/v1)?$/, '');
  throw new DefinitionError({
    code: 'USAGE',
    message: `--openmetadata "${withoutCredentials(text)}" is no address that a token may be sent to.`,
    hint: 'write https://host, or http://127.0.0.1:8585 for a server on this machine; the token stands in an environment variable.',
  });
}

async function bodyOf(response: Response, place: string): Promise<string> {
  try {
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (bytes.length > mostAnswerBytes) throw new Error(`the answer has ${bytes.length} bytes`);
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw failed(`${place}: the answer cannot be read: ${messageOf(cause)}.`, {
      hint: 'ask again; if it stays so, see the server’s log.',
      cause,
    });
  }
}

function checked<Value>(
  text: string,
  { schema, place }: { readonly schema: z.ZodType<Value>; readonly place: string },
): Value {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw failed(`${place} answered no JSON: ${clipped(text)}`, {
      hint: 'is that the address of an OpenMetadata server, or of a page in front of it?',
      cause,
    });
  }
  return checkedValue(value, { schema, place });
}

function checkedValue<Value>(
  value: unknown,
  { schema, place }: { readonly schema: z.ZodType<Value>; readonly place: string },
): Value {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw failed(
    `${place} answered something else than its API says: ${issue?.path.join('.') || 'the answer'}: ${issue?.message}.`,
    {
      hint: 'the catalog knows the API of OpenMetadata 1.10 and later.',
    },
  );
}

const wordsOf: Readonly<Record<number, readonly [string, string]>> = {
  401: [
    'does not accept the token',
    'put the JWT of a bot into the environment variable that --token-env names.',
  ],
  403: [
    'does not allow this to the token’s bot',
    'give the bot a role that may view and edit tables, data contracts and glossary terms.',
  ],
  404: ['knows no such thing', 'do --service and --database name what is there? See docs/catalog.md.'],
};

function refused({
  place,
  status,
  text,
}: {
  readonly place: string;
  readonly status: number;
  readonly text: string;
}): AiworkflowError {
  const [what, hint] = wordsOf[status] ?? [
    status >= 500 ? 'failed' : 'refused the request',
    status >= 500
      ? 'ask again; if it stays so, see the server’s log.'
      : 'docs/catalog.md says what the server must hold.',
  ];
  return failed(`${place}: the server ${what} (${status}): ${clipped(messageIn(text))}`, { hint });
}

function messageIn(text: string): string {
  try {
    const { message }: { message?: unknown } = JSON.parse(text);
    return typeof message === 'string' ? message : text;
  } catch {
    return text; // A proxy's page, or nothing.
  }
}

const clipped = (text: string): string => {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > 300 ? `${line.slice(0, 300)}…` : line || 'no words.';
};

/** `fetch failed` says nothing; its cause does. */
function reasonOf(cause: unknown): string {
  return cause instanceof Error && cause.cause !== undefined ? messageOf(cause.cause) : messageOf(cause);
}

function failed(
  message: string,
  { hint, cause }: { readonly hint: string; readonly cause?: unknown },
): AiworkflowError {
  return new AiworkflowError({
    code: 'CATALOG_FAILED',
    message,
    hint,
    ...(cause !== undefined && { cause }),
  });
}
