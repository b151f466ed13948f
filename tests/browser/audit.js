// What on this page someone cannot read, hear or reach: an expression that gives a list of sentences.
(() => {
  const faults = [];
  const all = (selector) => [...document.querySelectorAll(selector)];
  const check = (is, what) => { if (!is) faults.push(what); };
  const said = (node) => `<${node.nodeName.toLowerCase()}> ${node.textContent.trim().slice(0, 40)}`;

  check(document.documentElement.lang, 'the page has no language');
  check(document.title.trim(), 'the page has no title');
  for (const name of ['h1', 'main', 'header', 'footer'])
    check(all(name).length === 1, `there are ${all(name).length} ${name}`);
  let level = 0;
  for (const heading of all('h1, h2, h3, h4, h5, h6')) {
    const next = Number(heading.nodeName[1]);
    check(next <= level + 1, `${said(heading)} comes after h${level}`);
    check(heading.textContent.trim(), `an empty h${next}`);
    level = next;
  }
  for (const table of all('table')) {
    check(table.querySelector('thead th[scope=col]'), 'a table without heads of columns');
    for (const row of table.querySelectorAll('tbody tr:not(.note)'))
      check(row.querySelector('th[scope=row]'), `a row without a head: ${said(row)}`);
  }
  for (const row of all('tr.note td'))
    check(row.colSpan === row.closest('table').rows[0].cells.length, 'a note is not as wide as its table');
  for (const svg of all('svg'))
    check(svg.getAttribute('role') === 'img' && svg.getAttribute('aria-label'), 'a picture without a label');
  for (const link of all('a')) check(link.href && link.textContent.trim(), 'a link without a text or an address');
  for (const region of all('[role=region]')) {
    const name = document.getElementById(region.getAttribute('aria-labelledby'));
    check(name?.textContent.trim(), 'a region without a name');
  }
  for (const node of all('[tabindex]')) check(node.tabIndex === 0, 'a tabindex changes the order');
  for (const id of all('[id]').map((node) => node.id))
    check(all('[id]').filter((node) => node.id === id).length === 1, `two nodes are called ${id}`);

  const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);
  const luminance = (colour) => numbers(colour).slice(0, 3).reduce((sum, value, i) => {
    const part = value / 255;
    return sum + [.2126, .7152, .0722][i] * (part <= .04045 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4);
  }, 0);
  const ratio = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + .05) / (dark + .05);
  };
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const {backgroundColor, backgroundImage, opacity} = getComputedStyle(at);
      if (backgroundImage !== 'none' || opacity !== '1') throw new Error('this ground is not understood here');
      const [, , , alpha = 1] = numbers(backgroundColor);
      if (alpha === 1) return backgroundColor;
      if (alpha !== 0) throw new Error('a ground that shines through is not understood here');
    }
    throw new Error('there is no ground');
  };
  const enough = (node, colour, least, what) => {
    const is = ratio(colour, ground(node));
    check(is >= least, `${what} has a contrast of ${is.toFixed(2)}: ${said(node)}`);
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !node.checkVisibility()) continue;
    enough(node, getComputedStyle(node).color, 4.5, 'text');
  }
  for (const line of all('.spark polyline'))
    enough(line.parentElement, getComputedStyle(line).stroke, 3, 'a line');
  for (const answer of all('.answers > div'))
    enough(answer.parentElement, getComputedStyle(answer).borderLeftColor, 3, 'a bar');

  const width = document.documentElement.clientWidth;
  const is = document.documentElement.scrollWidth;
  check(is <= width, `the page scrolls sideways: ${is} of ${width}`);
  for (const node of all('body *')) {
    const right = node.getBoundingClientRect().right;
    if (!node.closest('.scroll') || node.matches('.scroll'))
      check(right <= width + .5, `it ends at ${right} of ${width}: ${said(node)}`);
    const {overflowX} = getComputedStyle(node);
    check(node instanceof SVGElement || !['hidden', 'clip'].includes(overflowX) || node.scrollWidth <= node.clientWidth,
      `a text is cut: ${said(node)}`);
    if (['auto', 'scroll'].includes(overflowX) && node.scrollWidth > node.clientWidth)
      check(node.tabIndex === 0, `it scrolls, and no key does that: ${said(node)}`);
  }
  return [...new Set(faults)];
})()
