import { tones } from '../figure/palette.ts';

const variables = (theme: 'light' | 'dark'): string =>
  Object.entries(tones)
    .map(([name, tone]) => `--${name}:${tone[theme]};`)
    .join('');

const swatches = Object.keys(tones)
  .map((name) => `.swatch.${name}{background:var(--${name})}`)
  .join('');

const dark = `color-scheme:dark;${variables('dark')}--tint:#1b2127;--accent:#6cc0f2;--good:#4ccfa5;--poor:#ff9a5c;--fair:#e8bd5a`;

const edge = (angle: number, side: string): string =>
  `linear-gradient(${angle}deg,color-mix(in srgb,var(--ink) 24%,transparent),transparent) ${side} 0/14px 100% no-repeat scroll`;

const cover = (angle: number, side: string): string =>
  `linear-gradient(${angle}deg,var(--surface) 40%,transparent) ${side} 0/36px 100% no-repeat local`;

/** A shadow at each side of a box to which there is more: what moves with the content covers it at the end. */
const scrollShadows = [cover(90, '0'), cover(270, '100%'), edge(90, '0'), edge(270, '100%')].join(',');

/** The same of a table, whose first column stays and marks the left side itself. */
const tableShadows = [cover(270, '100%'), edge(270, '100%')].join(',');

/** The page's style sheet: light and dark, phone and paper. */
export const styleSheet = `
:root{color-scheme:light;${variables('light')}--tint:#f5f7f9;--accent:#00629a;--good:#0b7a55;--poor:#b3400a;--fair:#8a6100}
@media screen and (prefers-color-scheme:dark){:root:not([data-theme=light]){${dark}}}
@media screen{:root[data-theme=dark]{${dark}}}
*,*::before,*::after{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-padding-top:1rem}
body{margin:0;background:var(--surface);color:var(--ink);font:15px/1.6 Inter,system-ui,-apple-system,"Segoe UI",sans-serif;overflow-wrap:break-word}
main{max-width:1240px;margin:0 auto;padding:0 32px 96px}
a{color:var(--accent);text-decoration-thickness:1px;text-underline-offset:3px}
p{max-width:74ch;margin:0 0 1rem}
small{font-size:.8em;color:var(--muted)}
code,pre{font:13px/1.55 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
pre{margin:0 0 1rem;padding:14px 16px;background:var(--tint);border-radius:6px;overflow-x:auto;tab-size:2}
.command{user-select:all}
.quiet{color:var(--muted);font-size:13px}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:3px}

.bar{display:flex;align-items:center;gap:16px;padding:22px 0;color:var(--muted);font-size:13px}
.bar .brand{font-weight:600;color:var(--ink);letter-spacing:.01em}
#theme{margin-left:auto;width:34px;height:34px;border:1px solid var(--line);border-radius:50%;background:none;color:inherit;font-size:15px;line-height:1;cursor:pointer}
h1{display:flex;flex-wrap:wrap;align-items:center;gap:4px 14px;margin:36px 0 14px;font-size:40px;line-height:1.15;font-weight:600;letter-spacing:-.022em;overflow-wrap:anywhere}
.badge{padding:3px 11px;border-radius:99px;background:var(--warning);color:var(--ink);font-size:13px;font-weight:600;letter-spacing:0}
.verdict{max-width:60ch;margin-bottom:28px;font-size:19px;line-height:1.5;text-wrap:pretty;overflow-wrap:anywhere}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));margin:0 0 18px;border:1px solid var(--line);border-radius:8px;overflow:hidden}
.tile{display:flex;flex-direction:column;gap:4px;padding:16px 18px;box-shadow:1px 0 0 var(--line),0 1px 0 var(--line)}
.tile dt{color:var(--muted);font-size:12.5px;line-height:1.35}
.tile dd{margin:0;font-size:25px;line-height:1.25;font-weight:600;letter-spacing:-.015em}
.tile dd small{display:block;margin-top:1px;font-size:12px;font-weight:400;letter-spacing:0}
.tile.good dd{color:var(--good)}.tile.fair dd{color:var(--fair)}.tile.poor dd{color:var(--poor)}
nav{display:flex;flex-wrap:wrap;gap:2px 20px;margin:26px 0 0;padding:12px 0;border-block:1px solid var(--line);font-size:13px}
nav a{color:var(--muted);text-decoration:none}nav a:hover{color:var(--accent)}

section{padding-top:52px}
h2{margin:0 0 12px;font-size:22px;line-height:1.3;font-weight:600;letter-spacing:-.012em}
h3{margin:26px 0 10px;font-size:15px;font-weight:600}
details{margin:14px 0}
summary{width:fit-content;color:var(--accent);cursor:pointer;font-size:14px}
details>:not(summary){margin-top:12px}
.scroll{position:relative;overflow-x:auto;background:${scrollShadows}}.scroll:has(table){background:${tableShadows}}
.scroll.more::before{content:"Scroll sideways →";position:sticky;left:0;display:block;width:fit-content;margin-bottom:6px;padding:1px 9px;border:1px solid var(--line);border-radius:99px;color:var(--muted);font-size:12px}

table{border-collapse:separate;border-spacing:0;font-size:13.5px;line-height:1.35}
th,td{padding:8px 10px;text-align:right;vertical-align:top;font-weight:400;white-space:nowrap}
td:not(.text){font-variant-numeric:tabular-nums}
td small{display:block;font-size:11px;margin-top:1px}.inline td small{display:inline;margin-left:6px}
thead th{padding-block:6px;color:var(--muted);font-size:12px;font-weight:600;vertical-align:bottom;border-bottom:1px solid var(--baseline)}
tbody tr:not(.group)>*{border-bottom:1px solid var(--line)}
tbody th[scope=row],thead th:first-child,.text{text-align:left}
th[scope=row]{max-width:280px;white-space:normal}
.name{display:inline-block;width:max-content;max-width:260px;vertical-align:top;white-space:normal;overflow-wrap:anywhere}
.wide{width:calc(50vw + 50% - 32px);max-width:1340px}
.results{min-width:100%}
.scroll tbody tr:not(.group)>:first-child,.scroll thead tr:last-child>:first-child{position:sticky;left:0;background:var(--surface);z-index:1}
.more tbody tr:not(.group)>:first-child,.more thead tr:last-child>:first-child{box-shadow:1px 0 0 var(--line)}
.results th[scope=row]{max-width:none;white-space:nowrap;font-weight:600}
.results th[scope=row] small{display:block;margin-left:18px;font-weight:400}
.results .solver th[scope=row]{font-weight:400;color:var(--muted)}
.results .solver td{color:var(--muted)}
.spans th{border-bottom:0;text-align:left;padding-bottom:0;color:var(--ink)}
.spans>*{border:0}
.group th{padding:18px 10px 6px;text-align:left;color:var(--ink);font-size:12px;font-weight:600}
.group th span{position:sticky;left:10px}
tbody:first-of-type .group th{padding-top:10px}
.best{font-weight:600}
.results .solver .best,.results .best{color:var(--ink)}
.best,.mark{background:linear-gradient(color-mix(in srgb,var(--accent) 13%,transparent) 0 0) no-repeat 100% 6px/calc(100% - 4px) calc(100% - 12px)}
.mark{background-position:0 0;background-size:100% 100%;padding:1px 5px;font-weight:600}
thead button{all:unset;position:relative;cursor:pointer}
thead button:focus-visible{outline:2px solid var(--accent)}
thead button::after{position:absolute;left:100%}
[aria-sort=ascending] button::after{content:"↑"}[aria-sort=descending] button::after{content:"↓"}
.sorted .group{display:none}
.swatch{display:inline-block;width:9px;height:9px;margin-right:9px;border-radius:50%}
${swatches}
.views>input{position:absolute;opacity:0}
.views>label{display:inline-block;margin:0 0 14px;padding:5px 14px;border:1px solid var(--line);font-size:13px;color:var(--muted);cursor:pointer}
.views>label+input+label{border-left:0}.views>label:first-of-type{border-radius:6px 0 0 6px}.views>label:last-of-type{border-radius:0 6px 6px 0}
.views>input:checked+label{background:var(--tint);color:var(--ink);font-weight:600}
.views>input:focus-visible+label{outline:2px solid var(--accent);outline-offset:2px}
.views>.scroll{display:none}#view-steps:checked~.by-steps,#view-nfe:checked~.by-nfe,#view-time:checked~.by-time{display:block}
.meanings{display:grid;grid-template-columns:minmax(110px,max-content) 1fr;gap:6px 22px;font-size:13.5px;max-width:92ch}
.meanings dt{font-weight:600}.meanings dd{margin:0;color:var(--muted)}

.plot{margin:22px 0 0;min-width:0}
.plot figcaption{margin-bottom:10px;font-size:13px;line-height:1.45;color:var(--muted)}
.plot figcaption strong{color:var(--ink);font-size:14px;font-weight:600;margin-right:6px}
.plot svg{display:block;height:auto;max-width:100%}
.links a{margin-left:8px;font-size:12px;white-space:nowrap}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,440px),1fr));gap:16px 40px;align-items:start}
.diagnoses{list-style:none;margin:0 0 8px;padding:0;max-width:92ch}
.diagnoses li{display:grid;grid-template-columns:124px 1fr;gap:14px;padding:10px 0;border-top:1px solid var(--line);font-size:14px}
.diagnoses strong{display:block}
.chip{justify-self:start;align-self:start;margin-top:1px;padding:1px 9px;border-radius:99px;border:1px solid;font-size:12px;font-weight:600}
.chip.good{color:var(--good)}.chip.fair{color:var(--fair)}.chip.poor{color:var(--poor)}

.wipe{margin:18px 0 8px;max-width:720px}
.controls{display:flex;flex-wrap:wrap;gap:10px 22px;align-items:center;margin-bottom:12px;font-size:13px}
.controls select{max-width:100%;margin-left:6px;padding:5px 8px;border:1px solid var(--line);border-radius:6px;background:var(--surface);color:inherit;font:inherit}
.check{display:flex;gap:7px;align-items:center}
.stage{--at:50%;position:relative;overflow:hidden;background:#fff;border:1px solid var(--line);border-radius:6px}
.stage img{display:block;width:100%;height:auto}
#wipe-above{position:absolute;inset:0;clip-path:inset(0 calc(100% - var(--at)) 0 0)}
.edge{position:absolute;inset-block:0;left:var(--at);width:2px;margin-left:-1px;background:#d55e00}
.difference{filter:invert(1);border-color:transparent}.difference #wipe-above{clip-path:none;mix-blend-mode:difference}.difference .edge{display:none}
.range{display:flex;gap:12px;align-items:center;margin-top:10px;font-size:12px;color:var(--muted)}
.range input{flex:1;min-width:0;accent-color:var(--accent)}
.sheets{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,300px),1fr));gap:20px}
.sheet{margin:0}
.sheet img{display:block;width:100%;height:auto;background:#fff;border:1px solid var(--line);border-radius:6px}
.sheet figcaption{margin-top:6px;font-size:13px;color:var(--muted)}

.facts{display:grid;gap:0;margin:0 0 1rem;font-size:13.5px}
.facts div{display:grid;grid-template-columns:118px minmax(0,1fr);gap:16px;padding:6px 0;border-bottom:1px solid var(--line)}
.facts dt{color:var(--muted)}.facts dd{margin:0;overflow-wrap:anywhere}.facts code{color:var(--muted);font-size:12px}
.downloads{margin:0 0 1rem;padding:0;list-style:none;font-size:14px}.downloads li{padding:4px 0;color:var(--muted)}.downloads a{margin-right:8px}

@media (max-width:640px){.wide{width:100%}main{padding:0 18px 64px}.bar{padding:16px 0}h1{margin-top:18px;font-size:30px}.verdict{font-size:17px}.tiles{grid-template-columns:1fr 1fr}.tile{padding:12px 14px}.tile dd{font-size:21px}section{padding-top:40px}th,td{padding:7px 10px}th[scope=row]{max-width:140px}.name{max-width:106px}.results th[scope=row] small{margin-left:15px}.plot .scroll{margin-inline:-18px}.plot .more::before{left:18px;margin-left:18px}.plot svg{min-width:540px}.pair .plot svg{min-width:370px}#figure-pareto svg{min-width:620px}.text{white-space:normal}.inline td small{display:block}.swatch{margin-right:6px}.diagnoses li{grid-template-columns:1fr;gap:4px}.meanings{grid-template-columns:1fr}.meanings dt{margin-top:6px}.facts div{grid-template-columns:96px minmax(0,1fr)}}
@page{size:A4 landscape;margin:14mm}
@media print{body{font-size:10.5pt}main{max-width:none;padding:0}nav,#theme,.links,.wipe,.views>label,#downloads{display:none}section{padding-top:22pt}.wide{width:100%}.scroll,.scroll:has(table){overflow:visible;background:none}.scroll.more::before{display:none}.plot,.sheet,tr,.diagnoses li{break-inside:avoid}h2,h3{break-after:avoid}.results,.results thead th{font-size:7pt}.results td small{font-size:5.5pt}.scroll tr>:first-child{position:static!important;box-shadow:none!important}.results th,.results td{padding:2.5pt 3pt}.plot svg{min-width:0!important}.sheets{grid-template-columns:1fr 1fr 1fr}}
`;
