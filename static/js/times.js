// Times in the zone of this browser, as pages write them; pointing at one shows it in UTC. Without this script all of them are in
// UTC and say so. Days that one asks for are those of this zone, too; days without a time, as in statistics, stay days in UTC.

const LANGUAGE = "en-GB"; // the pages' English: the day before the month, and 24 hours
const day = new Intl.DateTimeFormat(LANGUAGE, { day: "numeric", month: "long", year: "numeric" });
const clock = new Intl.DateTimeFormat(LANGUAGE, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

function localise(part) {
  for (const time of part.querySelectorAll("time[data-moment]")) {
    const moment = new Date(time.dateTime);
    delete time.dataset.moment;
    time.title = time.textContent;
    time.textContent = `${day.format(moment)}, ${clock.format(moment)}`;
  }
}

// A form that asks for days and their zone. Where a link has filled it in for another one, it stays that one's, and says so.
function askInOwnZone(zone) {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const days = [...zone.form.querySelectorAll("input[type=date]")];
  const hasDays = () => days.some((day) => day.value);
  if (!hasDays()) zone.value = own;
  if (zone.value === own) for (const day of days) day.labels[0].textContent = day.labels[0].textContent.replace(/ \(.+\)/, "");
  zone.form.addEventListener("formdata", ({ formData }) => hasDays() || formData.delete(zone.name));
}

localise(document);
document.querySelectorAll("form input[name=zone]").forEach(askInOwnZone);

// Parts that come later, from wherever: before they are painted.
new MutationObserver((changes) => {
  if (changes.some((change) => change.addedNodes.length)) localise(document);
}).observe(document.body, { childList: true, subtree: true });
