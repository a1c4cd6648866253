/** An expression of the dashboard with the values that Grafana puts in, for one host. */
export function withValues(expression: string, host = 'web1'): string {
  return expression.replaceAll('$host', host).replaceAll('$plugin', '.+').replaceAll('$__rate_interval', '1m');
}
