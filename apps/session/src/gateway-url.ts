import type { SessionOptions } from './options.ts';

/** The part of a request that says where it was sent to. */
export interface AddressedRequest {
  readonly protocol: string;
  readonly headers: { readonly host?: string };
}

/** The gateway's address: the configured one, else the one that the client reached this service by. */
export function gatewayUrlOf(options: SessionOptions, request: AddressedRequest): string {
  if (options.gatewayUrl !== '') return options.gatewayUrl;
  return `${request.protocol}://${request.headers.host ?? 'localhost'}`;
}
