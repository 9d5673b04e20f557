/** The workerd module with which a Worker connects; Cloudflare's own types say more. */
declare module 'cloudflare:sockets' {
  import type { WorkersConnect } from '@nacre/edge/workers';
  export const connect: WorkersConnect;
}
