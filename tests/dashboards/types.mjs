// types.mjs OUT.ts DASHBOARD.json ...: writes a TypeScript file that compiles when each dashboard, each of its panels,
// with the options of its kind, and each annotation is what Grafana's own types say.
import fs from 'node:fs';

const RAW = '@grafana/schema/dist/esm/raw/composable';
const HEAD = `
import type {
  AnnotationQuery, Dashboard, DataQuery, GraphFieldConfig, Panel, RowPanel, TableFieldOptions, TableOptions,
} from '@grafana/schema';
import type { Options as BarGauge } from '${RAW}/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen';
import type { Options as Stat } from '${RAW}/stat/panelcfg/x/StatPanelCfg_types.gen';
import type { Options as TimeSeries } from '${RAW}/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

// JSON has the values of enumerations, not their names.
type L<T> = 0 extends 1 & T ? any
  : T extends string ? (string extends T ? string : \`\${T}\`)
  : T extends number ? (\`\${number}\` extends \`\${T}\` ? number
    : \`\${T}\` extends \`\${infer N extends number}\` ? N : never)
  : T extends object ? { [K in keyof T]: L<T[K]> }
  : T;
type Prometheus = DataQuery & {
  expr: string; interval?: string; legendFormat?: string; instant?: boolean; range?: boolean;
  format?: 'time_series' | 'table'; editorMode?: 'code';
};
// What Prometheus' annotations have besides, says its data source.
type Annotation = AnnotationQuery<Prometheus> & {
  expr: string; step: string; titleFormat: string; textFormat: string; tagKeys: string;
};
type Whole = Omit<Dashboard, 'panels' | 'annotations'>;
`;
const KINDS = {
  stat: ['Stat', '{}'],
  timeseries: ['TimeSeries', 'GraphFieldConfig'],
  table: ['Omit<TableOptions, "frameIndex">', 'Partial<TableFieldOptions>'],
  bargauge: ['BarGauge', '{}'],
};

const [out, ...files] = process.argv.slice(2);
const lines = [HEAD];
const check = (type, value, where) =>
  lines.push(`// ${where}`, `export const c${lines.length}: L<${type}> = ${JSON.stringify(value, null, 1)};`);
for (const file of files) {
  const { panels, annotations, ...whole } = JSON.parse(fs.readFileSync(file, 'utf8'));
  check('Whole', whole, whole.uid);
  for (const annotation of annotations.list) check('Annotation', annotation, `${whole.uid}, ${annotation.name}`);
  for (const panel of panels) {
    const where = `${whole.uid}, ${panel.title}`;
    if (panel.type === 'row') {
      check('RowPanel', panel, where);
      continue;
    }
    const [options, custom] = KINDS[panel.type];
    check('Panel', panel, where);
    check(options, panel.options, `${where}, options`);
    check(custom, panel.fieldConfig.defaults.custom, `${where}, custom`);
    for (const target of panel.targets) check('Prometheus', target, `${where}, ${target.refId}`);
  }
}
fs.writeFileSync(out, lines.join('\n') + '\n');
