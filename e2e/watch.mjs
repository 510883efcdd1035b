// Listens to everything that can go wrong on a page without anybody seeing it.

/** What a page has made itself is its own; `about:blank` is what a page is before its first request. */
function isOwn(url, own) {
  return url === "about:blank" || new URL(url).origin === new URL(own).origin;
}

/** The problems of a browser's pages, as they come. `expected` are patterns of those that belong. */
export function watch(context, own, expected) {
  const problems = [];
  const add = (problem) => {
    if (!expected.some((pattern) => pattern.test(problem))) problems.push(problem);
  };
  context.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) add(`console: ${message.text()}`);
  });
  context.on("weberror", (error) => add(`exception: ${error.error().message}`));
  const look = (url) => {
    if (!isOwn(url, own)) add(`foreign request: ${url}`);
  };
  context.on("request", (request) => look(request.url()));
  context.on("page", (page) => page.on("websocket", (socket) => look(socket.url())));
  context.on("requestfailed", (request) => {
    const why = request.failure()?.errorText ?? "";
    // A page that is left gives up what it was waiting for.
    if (why !== "net::ERR_ABORTED") add(`failed: ${request.url()} ${why}`);
  });
  context.on("response", (response) => {
    if (response.status() >= 400) add(`answer ${response.status()}: ${response.request().method()} ${new URL(response.url()).pathname}`);
  });
  return problems;
}
