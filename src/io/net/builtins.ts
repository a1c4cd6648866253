/**
 * What is used of some modules of Node, which are not imported: an `import` reads all that a
 * module exports, and so loads what the agent never uses. With `node:http` that is a WebSocket
 * client (in Node 22 and later), with `node:tls` a list of certificates; together 4 MiB of memory.
 */
export const { createServer: createHttpServer, request: requestHttp } = process.getBuiltinModule('node:http');

/** Loads `node:https`, another MiB of memory that an agent without TLS does not need. */
export const loadHttps = () => process.getBuiltinModule('node:https');

/** Loads `node:tls`, for the same reason. */
export const loadTls = () => process.getBuiltinModule('node:tls');

/** Loads `node:zlib`, which only compression needs. */
export const loadZlib = () => process.getBuiltinModule('node:zlib');
