/** The site's look: our own style sheet in the manner of a RiSE theme, with the class names such themes have. */
export const THEME_CSS = `
:root { color-scheme: light dark; --paper: light-dark(#fff, #161c22); --ink: light-dark(#22303c, #e2e8ed);
  --line: light-dark(#c9d3db, #3d4953); --brand: light-dark(#1d5c8a, #7fc0ec); --brand-dark: light-dark(#133f60, #0d2a40);
  --heading: light-dark(#133f60, #b9d9ef); --soft: light-dark(#f2f6f9, #202932); --on-brand: light-dark(#fff, #10222f); }
* { box-sizing: border-box; }
html { font-size: 100%; }
body { margin: 0; color: var(--ink); background: var(--paper); font: 1rem/1.5 "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
a { color: var(--brand); }
a:focus-visible, button:focus-visible, input:focus-visible { outline: 3px solid #f0a202; outline-offset: 2px; }
.screen-reader-text, .show-on-focus { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.show-on-focus:focus { position: static; width: auto; height: auto; clip-path: none; padding: .5rem 1rem; background: var(--paper); }
.header { display: flex; flex-wrap: wrap; gap: 1rem; align-items: center; padding: .9rem 1.5rem; color: #fff; background: var(--brand-dark); }
.header a { color: #fff; }
.header .site-name { font-size: 1.2rem; font-weight: 600; text-decoration: none; }
.header nav { display: flex; flex-wrap: wrap; gap: 1rem; }
.header .account { margin-left: auto; display: flex; flex-wrap: wrap; gap: .8rem; align-items: center; }
.header input { max-width: 9rem; padding: .35rem .5rem; border: 0; border-radius: 3px; font: inherit; }
.main-region { max-width: 62rem; margin: 0 auto; padding: 1.5rem; }
h1 { margin: 0 0 1rem; font-size: 1.9rem; font-weight: 300; }
h2 { margin: 1.2rem 0 .6rem; font-size: 1.35rem; font-weight: 400; color: var(--heading); }
.StandardPanel { margin: 0 0 1.2rem; padding: 1rem 1.2rem; border: 1px solid var(--line); border-radius: 4px; }
.PanelTitle { margin-top: 0; }
.PanelField { display: flex; gap: 1rem; padding: .15rem 0; }
.PanelField.Left .Label { flex: 0 0 11rem; opacity: .75; }
.TextButton, .btn { display: inline-block; padding: .4rem .9rem; border: 1px solid var(--line); border-radius: 4px;
  color: var(--ink); background: var(--soft); font: inherit; text-decoration: none; cursor: pointer; }
.PrimaryButton, .btn-primary { border-color: var(--brand); color: var(--on-brand); background: var(--brand); }
.AsiError, .AsiSuccess, .AsiWarning, .AsiInformation { margin: 0 0 1rem; padding: .6rem .9rem; border: 1px solid; border-left-width: 5px; }
.AsiError { border-color: #a3242b; background: light-dark(#fdf0f0, #3a1d20); }
.AsiSuccess { border-color: #2b7a3d; background: light-dark(#f0f9f2, #16301d); }
.AsiWarning { border-color: #a86b00; background: light-dark(#fff8ea, #372a10); }
.AsiInformation { border-color: var(--brand); background: var(--soft); }
.RadTabStrip { display: flex; gap: .3rem; margin-bottom: 1rem; border-bottom: 1px solid var(--line); }
.RadTabStrip a { padding: .45rem .9rem; border: 1px solid transparent; text-decoration: none; }
.RadTabStrip a[aria-current] { border-color: var(--line) var(--line) var(--paper); margin-bottom: -1px; }
.table-scroll { overflow-x: auto; }
table.RadGrid { width: 100%; border-collapse: collapse; font-size: .92rem; }
table.RadGrid th, table.RadGrid td { padding: .4rem .6rem; border: 1px solid var(--line); text-align: left; vertical-align: top; }
table.RadGrid th { background: var(--soft); }
.people { display: grid; gap: .6rem; padding: 0; list-style: none; }
.people li { display: flex; flex-wrap: wrap; gap: .8rem; align-items: center; }
.people .TextButton { min-width: 13rem; text-align: left; }
.dialog { max-width: 44rem; margin: 2rem auto; border: 1px solid var(--line); border-radius: 4px; box-shadow: 0 6px 30px #0002; }
.dialog > .body, .dialog > .buttons { padding: 1rem 1.2rem; }
.dialog > .buttons { border-top: 1px solid var(--line); background: var(--soft); }
`

/**
 * A stand-in for the script of ASP.NET's partial rendering, with the surface pages use: `__doPostBack`, and
 * `Sys.WebForms.PageRequestManager.getInstance()` with `add_beginRequest`, `add_endRequest`, their removal, and
 * `get_isInAsyncPostBack`. It reads the delta format (`length|type|id|content|`) and replaces the panel's content.
 */
export const PAGE_SCRIPT = `
var gWebRoot = '';
var theForm = document.forms['TemplateForm'] || document.TemplateForm;
(function () {
  var begin = [], end = [], busy = false;
  var remove = function (list) { return function (f) { var i = list.indexOf(f); if (i >= 0) list.splice(i, 1); }; };
  var manager = {
    add_beginRequest: function (f) { begin.push(f); }, remove_beginRequest: remove(begin),
    add_endRequest: function (f) { end.push(f); }, remove_endRequest: remove(end),
    get_isInAsyncPostBack: function () { return busy; },
  };
  window.Sys = { WebForms: { PageRequestManager: { getInstance: function () { return manager; } } } };
  function apply(text) {
    for (var at = 0; at < text.length;) {
      var bar = text.indexOf('|', at), length = Number(text.slice(at, bar));
      var second = text.indexOf('|', bar + 1), third = text.indexOf('|', second + 1);
      var type = text.slice(bar + 1, second), id = text.slice(second + 1, third);
      var content = text.substr(third + 1, length);
      at = third + 1 + length + 1;
      if (type === 'updatePanel') document.getElementById(id).innerHTML = content;
      if (type === 'hiddenField') document.getElementById(id).value = content;
    }
  }
  function partial(form) {
    var data = new URLSearchParams(new FormData(form));
    data.set('__ASYNCPOST', 'true');
    busy = true;
    begin.slice().forEach(function (f) { f(manager, {}); });
    return fetch(form.action, { method: 'POST', headers: { 'X-MicrosoftAjax': 'Delta=true' }, body: data })
      .then(function (answer) { return answer.text(); })
      .then(function (text) { apply(text); return null; }, function (error) { return error; })
      .then(function (error) {
        busy = false;
        end.slice().forEach(function (f) { f(manager, { get_error: function () { return error; } }); });
      });
  }
  window.__doPostBack = function (target, argument) {
    var form = document.getElementById('TemplateForm');
    form.__EVENTTARGET.value = target;
    form.__EVENTARGUMENT.value = argument;
    if (/RefreshZone$/.test(target)) return partial(form);
    form.submit();
  };
})();
`
