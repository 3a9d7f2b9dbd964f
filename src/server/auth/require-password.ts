import { RegistryError } from "../http/registry-error.ts";
import type { RequestHandler } from "../http/request-handler.ts";
import { findUser } from "./basic-sign-in.ts";
import type { PasswordFile } from "./password-file.ts";

/** Lets only those through who are in the password file; throws `RegistryError`. */
export function requirePassword(handler: RequestHandler, passwords: PasswordFile): RequestHandler {
  return async (request, response) => {
    if ((await findUser(request, passwords)) === undefined) {
      throw new RegistryError(401, "UNAUTHORIZED", "a name and a password are needed", {
        // Without it docker 20 takes it for a registry of the first protocol.
        "docker-distribution-api-version": "registry/2.0",
        "www-authenticate": 'Basic realm="airgap-load", charset="UTF-8"',
      });
    }
    await handler(request, response);
  };
}
