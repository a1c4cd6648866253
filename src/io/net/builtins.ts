/**
 * What is used of three modules of Node, which are not imported: an `import` reads all that a
 * module exports, and so loads what the agent never uses. With `node:http` that is a WebSocket
 * client (in Node 22 and later), with `node:tls` a list of certificates; together 4 MiB of memory.
 */
export const { createServer: createHttpServer, request: requestHttp } = process.getBuiltinModule('node:http');
export const { request: requestHttps } = process.getBuiltinModule('node:https');
export const { connect: connectTls, createSecureContext, TLSSocket } = process.getBuiltinModule('node:tls');
