/** The module of workerd that a Worker connects by; Cloudflare's own types say more. */
declare module 'cloudflare:sockets' {
  import type { WorkersConnect } from '@nacre/edge/workers';
  export const connect: WorkersConnect;
}
