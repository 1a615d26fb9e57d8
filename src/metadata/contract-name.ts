/** `<id>@<version>`: what snapshots and rejected records name. */
export const contractName = ({ id, version }: { readonly id: string; readonly version: string }): string =>
  `${id}@${version}`;
