import { isDigest } from "../../oci/digest.ts";
import { isHost } from "../../oci/reference.ts";
import type { RequestHandler } from "../http/request-handler.ts";
import { parseRoute, type Route } from "../http/route.ts";
import type { WantedList } from "./wanted-list.ts";

/** Notes every manifest that is asked for and answered 404, under the name of the registry that it is a mirror of. */
export function noteWanted(handler: RequestHandler, wanted: WantedList): RequestHandler {
  return async (request, response) => {
    response.once("finish", () => {
      if (response.statusCode !== 404 || !/^(?:GET|HEAD)$/.test(request.method ?? "")) return;
      const name = nameWanted(request.url ?? "");
      if (name !== undefined) wanted.add(name);
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
