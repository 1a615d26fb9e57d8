/** SHA-256 as 64 lower-case hex digits. */
export type Hash = string;
