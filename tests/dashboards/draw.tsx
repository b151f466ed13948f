// Draws a dashboard with Grafana's own components: window.DATA is what history.py --dump writes, #N says which of them,
// #N,empty that nothing is known.
import React from 'react';
import { createRoot } from 'react-dom/client';
import {
  DataFrame, FieldDisplay, GrafanaTheme2, ThemeContext, TimeRange, VizOrientation, createTheme, dateTime,
  getDisplayValueAlignmentFactors, getFieldDisplayValues,
} from '@grafana/data';
import { BarGauge, BigValue, GlobalStyles, PanelChrome, PortalContainer, TimeSeries, VizRepeater } from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';
import { Panel, frames } from './frames';

const COLUMNS = 24, CELL = 30, GAP = 8, MARGIN = 16, STEP = 60;
const same = (text: string) => text;

type Drawn = { panel: Panel; data: DataFrame[]; width: number; height: number; theme: GrafanaTheme2; range: TimeRange };

function fieldValues({ panel, data, theme }: Drawn): FieldDisplay[] {
  return getFieldDisplayValues({
    fieldConfig: panel.fieldConfig, reduceOptions: panel.options.reduceOptions, replaceVariables: same, theme, data,
    timeZone: 'utc',
  });
}

function Stat(drawn: Drawn) {
  const { panel: { options }, width, height, theme } = drawn;
  return (
    <VizRepeater
      getValues={() => fieldValues(drawn)} source={drawn.data} renderCounter={0} autoGrid width={width}
      height={height} orientation={VizOrientation.Auto} getAlignmentFactors={getDisplayValueAlignmentFactors}
      renderValue={({ value, width, height, count, alignmentFactors }) => (
        <BigValue
          value={value.display} {...{ width, height, theme, count, alignmentFactors }} colorMode={options.colorMode}
          graphMode={options.graphMode} justifyMode={options.justifyMode} textMode={options.textMode} />)} />
  );
}

function Bars(drawn: Drawn) {
  const { panel: { options }, width, height, theme } = drawn;
  return (
    <VizRepeater
      getValues={() => fieldValues(drawn)} source={drawn.data} renderCounter={0} orientation={options.orientation}
      width={width} height={height} getAlignmentFactors={getDisplayValueAlignmentFactors} itemSpacing={8}
      minVizHeight={options.minVizHeight} minVizWidth={options.minVizWidth} maxVizHeight={options.maxVizHeight}
      renderValue={({ value: { field, display, view, colIndex }, width, height, orientation, alignmentFactors }) => (
        <BarGauge
          value={display} field={field} display={view?.getFieldDisplayProcessor(colIndex ?? 0)}
          {...{ width, height, theme, orientation, alignmentFactors }} displayMode={options.displayMode}
          valueDisplayMode={options.valueMode} showUnfilled={options.showUnfilled}
          namePlacement={options.namePlacement} />)} />
  );
}

function Chart({ panel, data, width, height, range }: Drawn) {
  return (
    <TimeSeries
      frames={data} width={width} height={height} timeRange={range} timeZone="utc" structureRev={1}
      legend={panel.options.legend} options={panel.options} />
  );
}

function Table({ panel, data, width, height }: Drawn) {
  return (
    <TableNG
      data={data[0]} width={width} height={height} cellHeight={panel.options.cellHeight} sortBy={panel.options.sortBy}
      noHeader={!panel.options.showHeader} noValue={panel.fieldConfig.defaults.noValue} enableVirtualization={false} />
  );
}

const KINDS: Record<string, (drawn: Drawn) => React.JSX.Element> =
  { stat: Stat, bargauge: Bars, timeseries: Chart, table: Table };

function Framed({ drawn }: { drawn: Drawn }) {
  const { panel, data, width, height } = drawn;
  const isEmpty = panel.type !== 'stat' && data.every((frame) => frame.length === 0);
  const Kind = KINDS[panel.type];
  return (
    <PanelChrome title={panel.title} description={panel.description} width={width} height={height}
      padding={panel.type === 'table' ? 'none' : 'md'}>
      {(width, height) => (isEmpty ? <span>No data</span> : <Kind {...drawn} width={width} height={height} />)}
    </PanelChrome>
  );
}

function Page({ dashboard, variables, drawn, width }: any) {
  const cell = (width - 2 * MARGIN + GAP) / COLUMNS;
  const bottom = Math.max(...dashboard.panels.map(({ gridPos }: Panel) => gridPos.y + gridPos.h));
  const chosen = ({ name, label }: any) => `${label}: ${variables[name] ?? 'All'}`;
  return (
    <div style={{ width, background: '#111217' }}>
      <header style={{ padding: `12px ${MARGIN}px 0` }}>
        <h1 style={{ fontSize: 20, margin: 0 }}>{dashboard.title}</h1>
        <p style={{ margin: '2px 0 10px', opacity: 0.7 }}>
          {dashboard.description} &nbsp; {dashboard.templating.list.slice(1).map(chosen).join(' · ')}
        </p>
      </header>
      <main style={{ position: 'relative', height: bottom * (CELL + GAP) + MARGIN }}>
        {dashboard.panels.map((panel: Panel) => {
          const { x, y, w, h } = panel.gridPos;
          const place = {
            position: 'absolute' as const, left: MARGIN + x * cell, top: y * (CELL + GAP), width: w * cell - GAP,
            height: h * (CELL + GAP) - GAP,
          };
          return panel.type === 'row'
            ? <h2 key={panel.id} style={{ ...place, fontSize: 16, margin: 0, lineHeight: '30px' }}>{panel.title}</h2>
            : <section key={panel.id} style={place} data-panel={panel.title}>
              <Framed drawn={{ ...drawn[panel.id], width: place.width, height: place.height }} />
            </section>;
        })}
      </main>
    </div>
  );
}

async function draw() {
  const { begin, end, dashboards } = (window as any).DATA;
  const [index, empty] = location.hash.slice(1).split(',');
  const { dashboard, variables, answers } = dashboards[Number(index)];
  if (empty) for (const of of Object.values<any>(answers)) for (const ref of Object.keys(of)) of[ref] = [];
  const theme = createTheme({ colors: { mode: 'dark' } });
  const [from, to] = [dateTime(1000 * begin), dateTime(1000 * end)];
  const range = { from, to, raw: { from, to } };
  const drawn: Record<number, object> = {};
  for (const panel of dashboard.panels.filter(({ type }: Panel) => type !== 'row'))
    drawn[panel.id] = { panel, theme, range, data: await frames(panel, answers[panel.id], STEP, theme) };
  createRoot(document.getElementById('root')!).render(
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <Page {...{ dashboard, variables, drawn }} width={window.innerWidth} />
      <PortalContainer />
    </ThemeContext.Provider>);
}

draw().catch((error) => { document.title = `failed: ${error.stack}`; });
