
// An addition to a page that is complete without it: sorts and filters the table of tasks.
(() => {
  "use strict";
  const tables = Array.from(document.querySelectorAll("table.tasks"));
  if (!tables.length) return;
  const rows = tables.flatMap((table) => Array.from(table.tBodies[0].rows));
  const tied = document.querySelector("details.tied");
  const number = (cell) => Number.parseFloat(cell.textContent.replace("−", "-").replace(/[^-.\d]/g, ""));
  const texts = new Intl.Collator("en", { numeric: true });

  const sort = (table, column, header) => {
    const descending = header.getAttribute("aria-sort") === "ascending";
    const numeric = header.classList.contains("number");
    const compare = (a, b) => {
      const [x, y] = [a.cells[column], b.cells[column]];
      const order = numeric ? (number(x) || 0) - (number(y) || 0) : texts.compare(x.textContent, y.textContent);
      return descending ? -order : order;
    };
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", descending ? "descending" : "ascending");
    table.tBodies[0].append(...Array.from(table.tBodies[0].rows).sort(compare));
  };
  for (const table of tables) {
    Array.from(table.tHead.rows[0].cells).forEach((header, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = header.textContent;
      button.addEventListener("click", () => sort(table, column, header));
      header.replaceChildren(button);
    });
  }

  const labelled = (name, control) => {
    const label = document.createElement("label");
    label.append(name, control);
    return label;
  };
  const search = document.createElement("input");
  search.type = "search";
  const which = document.createElement("select");
  const kinds = {
    "all": () => true,
    "worse in B": (row) => number(row.cells[4]) < 0,
    "better in B": (row) => number(row.cells[4]) > 0,
    "with another pack": (row) => row.cells[5].textContent !== "same",
  };
  for (const kind of Object.keys(kinds)) which.add(new Option(kind, kind));
  const found = document.createElement("output");
  const filter = () => {
    const wanted = search.value.trim().toLowerCase();
    const asked = wanted !== "" || which.value !== "all";
    let [shown, ties] = [0, 0];
    for (const row of rows) {
      const text = `${row.cells[0].textContent} ${row.cells[1].textContent}`.toLowerCase();
      row.hidden = !(text.includes(wanted) && kinds[which.value](row));
      if (row.hidden) continue;
      shown += 1;
      if (tied?.contains(row)) ties += 1;
    }
    // What is looked for is not to be missed behind the closed details.
    if (tied && asked) tied.open = ties > 0;
    found.textContent = `${shown} of ${rows.length} tasks, ${ties} of them with the same score in A and B`;
  };
  search.addEventListener("input", filter);
  which.addEventListener("change", filter);
  const tools = document.createElement("div");
  tools.className = "tools";
  tools.append(labelled("Task or tag", search), labelled("Show", which), found);
  (tables[0].closest("details") ?? tables[0].closest(".scroll")).before(tools);
  filter();
})();
