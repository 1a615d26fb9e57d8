/** Whether a key may be sent to this address: nobody on the way can read it with https, and there is no way to this machine. */
export function maySendSecretTo({ protocol, hostname }: URL): boolean {
  const isLoopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
  return protocol === 'https:' || (protocol === 'http:' && isLoopback);
}

/** The address as it may be shown: without a name and a password in it. */
export function withoutCredentials(address: string): string {
  return address.replace(/\/\/[^@/]*@/, '//…@');
}
