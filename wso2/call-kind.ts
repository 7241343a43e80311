/** POSTs that declare nothing: an upsert that gives the same client back, tokens, questions about a document or a server. */
const readsByPost =
  /\/client-registration\/|\/oauth2\/(token|introspect)$|\/key-managers\/discover$|\/validate-openapi$|\/services\/\w+\/(is|get|list)\w+$/;

/** Whether a call does not change declared state of the server. */
export function isRead(method: string, path: string): boolean {
  return method === 'GET' || (method === 'POST' && readsByPost.test(path));
}
