import { agentAlerts } from './agent-alerts.ts';
import { type Alert, type AlertGroup, type Span, spanAt } from './alert.ts';
import { pluginAlerts } from './plugin-alerts.ts';
import { sinkAlerts } from './sink-alerts.ts';

/** All alerts, by what the agent must send so that they can fire. */
export const alertGroups: readonly AlertGroup[] = [
  { name: 'instrument_server_plugins', needs: 'plugin_metrics', alerts: pluginAlerts },
  { name: 'instrument_server_agent', needs: 'self_metrics', alerts: [...agentAlerts, ...sinkAlerts] },
];

/** Where docs/ has the section about an alert. */
export function runbookOf({ name }: Alert): string {
  return `docs/alerting.md#${name.toLowerCase()}`;
}

/**
 * The rules as a file that Prometheus, Mimir and vmalert read. `pace` 30: all lengths of time in
 * them are thirty times as short.
 */
export function ruleFile(pace = 1): string {
  const span = spanAt(pace);
  return `# Made by docs/generate.ts. How to load it and what each alert means: docs/alerting.md
groups:
${alertGroups.map((group) => groupLines(group, span)).join('\n')}`;
}

function groupLines({ name, needs, alerts }: AlertGroup, span: Span): string {
  return `  - name: ${name} # needs ${needs} = true under [agent]
    rules:
${alerts.map((alert) => alertLines(alert, span)).join('\n')}`;
}

function alertLines(alert: Alert, span: Span): string {
  const expression = alert.expression(span).replaceAll('\n', '\n          ');
  return `      - alert: ${alert.name}
        expr: |-
          ${expression}
        for: ${span(alert.forS)}
        labels:
          severity: ${alert.severity}
        annotations:
          summary: ${yamlText(alert.summary)}
          description: ${yamlText(alert.description)}
          runbook: ${runbookOf(alert)}
`;
}

/** A text as YAML: in single quotes if it has double ones. */
function yamlText(text: string): string {
  return text.includes('"') ? `'${text.replaceAll("'", "''")}'` : JSON.stringify(text);
}
