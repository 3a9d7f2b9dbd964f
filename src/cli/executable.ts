import { main } from "./main.ts";

// Where a single executable starts; its bundle is CommonJS, which has no await at the top.
void main(process.argv).then((exitCode) => {
  process.exitCode = exitCode;
});
