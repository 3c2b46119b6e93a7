/* Draws the charts and filters the held parcels. The page is complete without it. */
(function () {
  "use strict";
  var byId = function (id) { return document.getElementById(id); };
  var all = function (selector) { return Array.prototype.slice.call(document.querySelectorAll(selector)); };
  document.documentElement.classList.add("js");

  function drawCharts() {
    var specs = all("script[data-chart]");
    if (!specs.length) return;
    var figures = all("details.figures");
    if (typeof vegaEmbed !== "function") {
      document.documentElement.classList.remove("js");
      return;
    }
    figures.forEach(function (part) { part.open = false; });
    Promise.all(specs.map(function (script) {
      var place = byId(script.getAttribute("data-chart"));
      var options = { mode: "vega-lite", renderer: "svg", actions: false, ast: true, defaultStyle: false, tooltip: false };
      return vegaEmbed(place, JSON.parse(script.textContent), options).then(function () {
        place.querySelector("svg").setAttribute("aria-hidden", "true");
      }).catch(function () {
        place.hidden = true;
        figures.forEach(function (part) { part.open = true; });
      });
    })).then(function () { document.documentElement.setAttribute("data-charts", "drawn"); });
  }

  function filterParcels() {
    var form = byId("filter");
    if (!form) return;
    var text = byId("filter-text");
    var decision = byId("filter-decision");
    var parcels = all("#parcels > details").map(function (part) {
      return { part: part, decision: part.getAttribute("data-decision"), words: null };
    });
    function words(parcel) {
      if (parcel.words === null) parcel.words = parcel.part.textContent.toLowerCase().replace(/\s+/g, " ");
      return parcel.words;
    }
    function apply() {
      var asked = text.value.toLowerCase().trim().split(/\s+/).filter(Boolean);
      var shown = 0;
      parcels.forEach(function (parcel) {
        var fits = (!decision.value || parcel.decision === decision.value) &&
          asked.every(function (word) { return words(parcel).indexOf(word) >= 0; });
        parcel.part.hidden = !fits;
        shown += fits ? 1 : 0;
      });
      byId("filter-status").textContent = shown.toLocaleString("en") + " of " + parcels.length.toLocaleString("en") + " shown";
      byId("filter-none").hidden = shown > 0;
    }
    function setOpen(open) {
      parcels.forEach(function (parcel) { if (!parcel.part.hidden) parcel.part.open = open; });
    }
    form.addEventListener("submit", function (event) { event.preventDefault(); });
    text.addEventListener("input", apply);
    decision.addEventListener("change", apply);
    byId("open-all").addEventListener("click", function () { setOpen(true); });
    byId("close-all").addEventListener("click", function () { setOpen(false); });
    form.hidden = false;
    apply();
  }

  /* On narrow screens rows are shown as cards, which takes the tables' meaning from screen readers. */
  function keepTableRoles() {
    var roles = {
      "table.cards": "table", ".cards thead, .cards tbody": "rowgroup", ".cards tr": "row",
      ".cards td": "cell", ".cards thead th": "columnheader", ".cards tbody th": "rowheader"
    };
    Object.keys(roles).forEach(function (selector) {
      all(selector).forEach(function (part) { part.setAttribute("role", roles[selector]); });
    });
  }

  keepTableRoles();
  filterParcels();
  drawCharts();
})();
