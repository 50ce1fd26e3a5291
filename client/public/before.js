// Runs before every module: the content security policy forbids eval, so the schema library must not even try it.
globalThis.__zod_globalConfig = { jitless: true };
