/** `@nacre/core/crypto`: the provider interface, the portable provider, and what writers of providers need. */
export { noble } from './noble.js';
export * from './provider.js';
export { rsaFromJsonWebKey, rsaPrivateJsonWebKey, rsaPublicJsonWebKey } from './rsa-json-web-key.js';
