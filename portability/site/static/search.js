// Looks through the posts of this site: search/index.js says how many parts the
// index has, and search/N.js holds the N-th, later posts in higher ones. Parts
// are loaded when they are looked at, newest first.
(function () {
  "use strict";
  var box = document.getElementById("search");
  var query = document.getElementById("query");
  var status = document.getElementById("status");
  var results = document.getElementById("results");
  var more = document.getElementById("more");
  var chunks = typeof godwitChunks === "number" ? godwitChunks : 0;
  var loaded = {}, waiting = {};
  var run = 0, next = 0, found = 0, words = [];
  var most = 50;

  window.godwit = function (number, rows) {
    loaded[number] = rows;
    var then = waiting[number] || [];
    delete waiting[number];
    then.forEach(function (f) { f(); });
  };

  function fold(text) {
    text = text.toLowerCase();
    return text.normalize ? text.normalize("NFKC") : text;
  }

  function load(number, then) {
    if (loaded[number]) { then(); return; }
    if (waiting[number]) { waiting[number].push(then); return; }
    waiting[number] = [then];
    var script = document.createElement("script");
    script.src = "search/" + number + ".js";
    script.onerror = function () { status.textContent = "A part of the index could not be read."; };
    document.head.appendChild(script);
  }

  function show(row) {
    var item = document.createElement("li");
    var link = document.createElement("a");
    link.href = row[0];
    link.textContent = row[2];
    link.dir = "auto";
    var when = document.createElement("span");
    when.className = "count";
    when.textContent = row[1];
    item.appendChild(link);
    item.appendChild(document.createTextNode(" "));
    item.appendChild(when);
    results.appendChild(item);
  }

  function look(mine, stopAt) {
    if (mine !== run) { return; }
    if (next < 0) { end("That is all."); return; }
    if (found >= stopAt) { end(""); more.hidden = false; return; }
    status.textContent = "Looking…";
    load(next, function () {
      if (mine !== run) { return; }
      var rows = loaded[next];
      for (var i = rows.length - 1; i >= 0; i--) {
        var text = fold(rows[i][3] + " " + rows[i][1]);
        if (words.every(function (word) { return text.indexOf(word) >= 0; })) {
          show(rows[i]);
          found++;
        }
      }
      next--;
      window.setTimeout(function () { look(mine, stopAt); }, 0);
    });
  }

  function end(text) {
    status.textContent = (found === 1 ? "1 post" : found + " posts") + " found. " + text;
  }

  function begin() {
    run++;
    next = chunks - 1;
    found = 0;
    results.textContent = "";
    status.textContent = "";
    more.hidden = true;
    words = fold(query.value).split(/\s+/).filter(Boolean);
    if (words.length > 0) { look(run, most); }
  }

  more.addEventListener("click", function () {
    more.hidden = true;
    look(run, found + most);
  });
  var timer;
  query.addEventListener("input", function () {
    window.clearTimeout(timer);
    timer = window.setTimeout(begin, 200);
  });
  function fromAddress() {
    var m = /^#q=(.*)$/.exec(location.hash);
    if (!m) { return; }
    try { query.value = decodeURIComponent(m[1].replace(/\+/g, " ")); } catch (e) { return; }
    begin();
  }
  window.addEventListener("hashchange", fromAddress);
  box.hidden = false;
  fromAddress();
})();
