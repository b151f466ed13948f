// Style and script of the status page. No fonts, pictures or code from elsewhere: it has to work
// where nothing else can be reached.
#include "exporters/page/html.h"

namespace twinwatch::page {

const char kStyle[] = R"css(:root {
  color-scheme: light dark;
  --ground: #f7f7f5; --card: #ffffff; --ink: #1c2126; --quiet: #5a636c; --line: #dddcd7;
  --ok: #1a6e43; --look: #8a5a00; --act: #b3261e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14181c; --card: #1b2126; --ink: #e8e6e1; --quiet: #a2abb3; --line: #343c43;
    --ok: #6fcf97; --look: #f2c14e; --act: #ff8a80;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1rem; background: var(--ground);
  color: var(--ink); font: .9375rem/1.45 Inter, system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: baseline; }
h1 { font-size: 1.2rem; margin: 0; }
h2 { font-size: 1.1rem; margin: 0; }
h3 { font-size: 1rem; margin: 1.5rem 0 .25rem; }
a { color: inherit; text-underline-offset: .2em; text-decoration-thickness: 1px; }
h1 a { text-decoration: none; }
h2 a { text-decoration-color: var(--quiet); }
a:hover { text-decoration: underline; text-decoration-thickness: 2px; }
a:focus-visible, .scroll:focus-visible { outline: 3px solid var(--look); outline-offset: 2px; }
.quiet, header p, footer { color: var(--quiet); }
header p { margin: 0; font-size: .875rem; }
header #note { color: var(--act); font-weight: 600; }
footer { margin-top: 2rem; font-size: .875rem; }
.link { background: var(--card); border: 1px solid var(--line); border-radius: 8px;
  padding: .875rem 1rem 1rem; margin-top: 1rem; }
.link p { margin: .5rem 0 0; overflow-wrap: anywhere; }
.link .route { margin: 0 0 .875rem; color: var(--quiet); font-size: .875rem; }
.link .failure { margin-top: .875rem; }
.answers { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 17rem), 1fr));
  gap: 1rem 1.5rem; margin: 0; }
.answers > div { border-left: 3px solid var(--line); padding-left: .75rem; }
.answers > .ok { border-color: var(--ok); }
.answers > .look { border-color: var(--look); }
.answers > .act { border-color: var(--act); }
dt { color: var(--quiet); font-size: .875rem; }
dt .mark { margin-left: .5rem; }
dd { margin: 0; overflow-wrap: anywhere; text-wrap: pretty; }
dd.words { font-size: 1.4rem; line-height: 1.35; font-weight: 600; }
dd.history { display: flex; gap: .75rem; align-items: end; margin-top: .5rem; color: var(--quiet);
  font-size: .8125rem; line-height: 1.2; }
.mark { font-size: .875rem; font-weight: 600; white-space: nowrap; }
.mark.ok { color: var(--ok); }
.mark.look { color: var(--look); }
.mark.act { color: var(--act); }
.notes { margin: 1rem 0 0; padding-left: 1.25rem; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; border-radius: 2px; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; }
th, td { text-align: left; padding: .375rem 1.25rem .375rem 0; white-space: nowrap;
  vertical-align: baseline; font-weight: 400; }
tr > :last-child { width: 100%; padding-right: 0; white-space: normal; min-width: 15rem; }
tbody tr { border-top: 1px solid var(--line); }
tbody { border-bottom: 1px solid var(--line); }
thead th { font-size: .8125rem; color: var(--quiet); }
.number { text-align: right; font-variant-numeric: tabular-nums; }
tr.note { border-top: 0; }
tr.note td { padding-top: 0; }
.note div { position: sticky; left: 0; max-width: min(60rem, 100vw - 2rem); color: var(--quiet);
  overflow-wrap: anywhere; }
.spark { width: 120px; height: 24px; flex: none; display: block;
  border-bottom: 1px solid var(--line); }
td .spark { height: 1.25rem; margin-bottom: -.25rem; }
.spark polyline { fill: var(--line); stroke: var(--quiet); stroke-width: 1.5;
  vector-effect: non-scaling-stroke; }
code { font-size: .9em; overflow-wrap: anywhere; }
)css";

// Fetches the page again and changes what is not the same any more: focus, scrolling and what is
// selected stay.
const char kScript[] = R"js('use strict';
const every = 5000;

function update(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (old.nodeName !== fresh.nodeName || old.id !== fresh.id) return old.replaceWith(fresh);
  if (old.nodeType === Node.TEXT_NODE) {
    old.data = fresh.data;
    return;
  }
  for (const {name} of [...old.attributes])
    if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const {name, value} of fresh.attributes)
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  const is = [...old.childNodes], shall = [...fresh.childNodes];
  shall.forEach((child, at) => at < is.length ? update(is[at], child) : old.append(child));
  for (const child of is.slice(shall.length)) child.remove();
}

async function refresh() {
  try {
    const signal = AbortSignal.timeout(2 * every);
    const answer = await fetch(location.href, {cache: 'no-store', signal});
    if (!answer.ok) throw new Error(`the agent answers ${answer.status}`);
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const focused = document.activeElement?.id;
    update(document.body, fresh.body);
    if (focused && document.activeElement === document.body)
      document.getElementById(focused)?.focus({preventScroll: true});
  } catch (error) {
    const why = error.message.startsWith('the agent') ? error.message : 'the agent does not answer';
    const note = document.getElementById('note');
    if (note) note.textContent = `What is shown is old: ${why}.`;
  }
  setTimeout(refreshUnlessHidden, every);
}

function refreshUnlessHidden() {
  if (document.hidden) {
    document.addEventListener('visibilitychange', refreshUnlessHidden, {once: true});
  } else {
    refresh();
  }
}
setTimeout(refreshUnlessHidden, every);
)js";

}  // namespace twinwatch::page
