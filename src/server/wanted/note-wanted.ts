import { isDigest } from "../../oci/digest.ts";
import { isHost } from "../../oci/reference.ts";
import type { RequestHandler } from "../http/request-handler.ts";
import { parseRoute, type Route } from "../http/route.ts";
import type { WantedList } from "./wanted-list.ts";

/**
 * Notes every manifest that is asked for and answered 404, under the name of the registry that it is a mirror of. Whoever
 * pushes looks first as well: our own program is not counted, and what is pushed is wanted no more.
 */
export function noteWanted(handler: RequestHandler, wanted: WantedList): RequestHandler {
  return async (request, response) => {
    response.once("finish", () => {
      const { method = "", url = "", headers } = request;
      const isOurs = headers["user-agent"]?.startsWith("airgap-load") ?? false;
      const name = nameWanted(url);
      if (name === undefined) return;
      if (method === "PUT" && response.statusCode === 201) wanted.remove(name);
      else if (/^(?:GET|HEAD)$/.test(method) && response.statusCode === 404 && !isOurs) wanted.add(name);
    });
    return handler(request, response);
  };
}

/** containerd names the registry that it would have asked in `?ns=`; without it, only Docker Hub's can be meant. */
function nameWanted(url: string): string | undefined {
  const [path = "", search = ""] = url.split("?", 2);
  const route = tryParseRoute(path);
  if (route?.kind !== "manifest") return undefined;
  const source = new URLSearchParams(search).get("ns") ?? "docker.io";
  if (!isHost(source)) return undefined;
  const { repository, reference } = route;
  return `${source}/${repository}${isDigest(reference) ? "@" : ":"}${reference}`;
}

function tryParseRoute(path: string): Route | undefined {
  try {
    return parseRoute(path, "GET");
  } catch {
    return undefined;
  }
}
