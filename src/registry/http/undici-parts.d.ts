// undici's parts for requests. Its index has fetch, WebSocket, caches and more beside them, and loads Node's own undici for their
// sake: a third of what a start takes. The package is bundled with the program, so that its inner paths cannot change unseen.

declare module "undici/lib/dispatcher/dispatcher.js" {
  import { Dispatcher } from "undici";
  export = Dispatcher;
}

declare module "undici/lib/dispatcher/agent.js" {
  import { Agent } from "undici";
  export = Agent;
}

declare module "undici/lib/dispatcher/pool.js" {
  import { Pool } from "undici";
  export = Pool;
}

declare module "undici/lib/dispatcher/proxy-agent.js" {
  import { ProxyAgent } from "undici";
  export = ProxyAgent;
}

declare module "undici/lib/core/connect.js" {
  import { buildConnector } from "undici";
  export = buildConnector;
}

/** Methods that undici's index gives every dispatcher. */
declare module "undici/lib/api/index.js" {
  const methods: object;
  export = methods;
}
