import type { RequestOptions } from 'node:http';
import { urlToHttpOptions } from 'node:url';

/** Where the calls of one provider go, and with which headers: all of a request but its body. */
export type Endpoint = RequestOptions;

/** The part of both SDKs' clients that is used. They make the request: base URL, authentication, their own headers. */
export interface RequestBuilder {
  buildRequest(options: {
    readonly method: 'post';
    readonly path: string;
    readonly body: string;
    readonly headers: Record<string, string>;
  }): Promise<{ readonly req: { readonly headers: Headers }; readonly url: string }>;
}

/**
 * Asks the SDK once, at the first call: nothing in its answer depends on the body, and making it anew for every call
 * costs more than sending it.
 */
export function endpointOf(sdk: RequestBuilder, path: string): () => Promise<Endpoint> {
  let endpoint: Promise<Endpoint> | undefined;
  return () => {
    endpoint ??= build(sdk, path);
    return endpoint;
  };
}

async function build(sdk: RequestBuilder, path: string): Promise<Endpoint> {
  const { req, url } = await sdk.buildRequest({
    method: 'post',
    path,
    body: '{}',
    // With a content type of our own the SDKs take the body for text, as it is.
    headers: { 'content-type': 'application/json' },
  });
  const headers = {
    ...Object.fromEntries(req.headers),
    // We decode no compression; without this line a proxy may compress the stream and hold it back.
    'accept-encoding': 'identity',
  };
  return { ...urlToHttpOptions(new URL(url)), method: 'POST', headers };
}
