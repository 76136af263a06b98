/**
 * The container's health check: asks /readyz of the admin server, which asks the POP's own sockets.
 *
 * ZONECAST_ADMIN says where that is (127.0.0.1:9053), ZONECAST_ADMIN_TOKEN what it wants to see.
 */

const where = process.env.ZONECAST_ADMIN || "127.0.0.1:9053";
const token = process.env.ZONECAST_ADMIN_TOKEN;

try {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const response = await fetch(`http://${where}/readyz`, { headers, signal: AbortSignal.timeout(2500) });
  process.stdout.write(await response.text());
  process.exitCode = response.ok ? 0 : 1;
} catch (error) {
  process.stdout.write(`http://${where}/readyz does not answer: ${error.cause?.message ?? error.message}\n`);
  process.exitCode = 1;
}
