import type { Fault } from "../test-registry.ts";
import { sendRefusal } from "./fault.ts";

/** Every request needs this name and password. */
export function requireBasic(
  username: string,
  password: string,
  otherChallenges: readonly string[] = [],
): Fault {
  const wanted = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  const headers = { "www-authenticate": [...otherChallenges, 'Basic realm="registry"'] };
  return (handler) => async (request, response) => {
    if (request.headers.authorization === wanted) return handler(request, response);
    return sendRefusal(response, {
      status: 401,
      code: "UNAUTHORIZED",
      message: "authentication required",
      headers,
    });
  };
}
