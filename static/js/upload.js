// Choosing by picker, drag and drop, paste or camera; each file is sent by itself, with its own progress. Without this
// script the form sends all of its files at once, and the next page says what became of them.

const AT_ONCE = 3;
const MOST_TRIES = 5;
const SAVED = "sent"; // states of an item: chosen, sending, sent, refused

class Item {
  constructor(file, number, element) {
    this.file = file;
    this.number = number;
    this.state = "chosen";
    this.element = element;
    this.text = element.querySelector(".upload__text");
    this.progress = element.querySelector("progress");
    element.querySelector(".filename").textContent = file.name;
    this.progress.setAttribute("aria-label", file.name);
    const picture = element.querySelector("img");
    picture.onload = picture.onerror = (event) => {
      URL.revokeObjectURL(picture.src);
      picture.hidden = event.type === "error";
    };
    picture.src = URL.createObjectURL(file);
  }

  show(state, text = "") {
    this.state = state;
    this.element.dataset.state = state;
    this.text.textContent = text;
    this.progress.hidden = state !== "sending";
    this.element.querySelector("button").hidden = state !== "chosen";
  }
}

class Upload {
  constructor(form) {
    this.form = form;
    this.items = [];
    this.numbers = 0;
    this.most = Number(form.dataset.most);
    this.active = 0;
    this.list = document.querySelector("#upload-list");
    this.status = document.querySelector("#upload-status");
    this.template = document.querySelector("#upload-item");
    form.noValidate = true;
    form.addEventListener("submit", (event) => this.submit(event));
    for (const input of form.querySelectorAll("input[type=file]")) {
      input.addEventListener("change", () => {
        const files = [...input.files];
        input.value = "";
        this.add(files);
      });
    }
    this.field = form.querySelector("input[type=file]");
    document.addEventListener("paste", (event) => this.add([...event.clipboardData.files]));
    document.addEventListener("dragover", (event) => this.drag(event, true));
    document.addEventListener("dragleave", (event) => this.drag(event, event.relatedTarget !== null));
    document.addEventListener("drop", (event) => {
      this.drag(event, false);
      this.add([...event.dataTransfer.files]);
    });
    window.addEventListener("beforeunload", (event) => this.active && event.preventDefault());
  }

  drag(event, over) {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    this.form.classList.toggle("form--dropping", over);
  }

  // As many as the form itself takes wait at once; of those that were sent any number may follow.
  add(files) {
    const room = Math.max(0, this.most - this.count("chosen") - this.count("sending"));
    for (const file of files.slice(0, room)) {
      const element = this.template.content.cloneNode(true).firstElementChild;
      const item = new Item(file, (this.numbers += 1), element);
      element.querySelector("button").addEventListener("click", () => this.remove(item));
      item.show("chosen");
      this.items.push(item);
      this.list.append(element);
    }
    this.mirror();
    if (!files.length) return;
    const button = this.form.dataset.button ?? "Read the letters";
    const words = [`${this.count("chosen")} chosen. Press “${button}” to send.`];
    const out = files.length - room;
    if (out > 0) {
      words.unshift(`At most ${this.most} go at once: ${out} ${out === 1 ? "was" : "were"} left out.`);
      words.push("Then choose the others.");
    }
    this.say(words.join(" "));
  }

  // The field, emptied so that the same file may be chosen again, would say that none was chosen.
  mirror() {
    const transfer = new DataTransfer();
    for (const item of this.items) if (item.state === "chosen") transfer.items.add(item.file);
    this.field.files = transfer.files;
  }

  remove(item) {
    this.items.splice(this.items.indexOf(item), 1);
    const next = item.element.nextElementSibling ?? item.element.previousElementSibling;
    item.element.remove();
    this.mirror();
    (next?.querySelector("button:not([hidden])") ?? this.field).focus();
    this.say(`${this.count("chosen")} chosen.`);
  }

  submit(event) {
    event.preventDefault();
    if (!this.count("chosen") && !this.active) {
      this.say("No picture was chosen. Choose one or several, then send them.");
      this.field.focus();
      return;
    }
    while (this.active < AT_ONCE && this.next()) this.work();
    this.tell();
  }

  next() {
    return this.items.find((item) => item.state === "chosen");
  }

  async work() {
    this.active += 1;
    for (let item = this.next(); item; item = this.next()) {
      item.show("sending", "is sent");
      this.mirror();
      await this.deliver(item);
      this.tell();
    }
    this.active -= 1;
    if (!this.active) this.finish();
  }

  async deliver(item) {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.send(item);
      const accepted = answer.body.accepted?.[0];
      if (accepted) {
        item.show(SAVED);
        const link = document.createElement("a");
        link.href = accepted.address;
        link.textContent = this.form.dataset.link ?? "See its letter";
        link.setAttribute("aria-label", `${link.textContent}: ${item.file.name}`);
        item.text.append(link);
        item.address = accepted.address;
        return;
      }
      const passing = answer.status === 0 || answer.status === 429 || answer.status === 503;
      if (!passing || attempt === MOST_TRIES) {
        item.show("refused", answer.body.refused?.[0]?.detail ?? answer.body.detail ?? this.form.dataset.broken);
        return;
      }
      item.show("sending", "waits: the site cannot take it just now");
      item.progress.value = 0;
      this.tell("The site cannot take them just now; this page tries again by itself.");
      await new Promise((wake) => setTimeout(wake, 1000 * Math.min(answer.retryAfter || attempt, 15)));
    }
  }

  // Never fails: without an answer the status is 0. The key lets the site know a file that it has already.
  send(item) {
    const data = new FormData();
    for (const [name, value] of new FormData(this.form)) {
      if (typeof value === "string") data.append(name, name === "key" ? `${value}-${item.number}` : value);
    }
    data.append("images", item.file, item.file.name);
    return new Promise((resolve) => {
      const request = new XMLHttpRequest();
      request.upload.onprogress = (event) => {
        item.progress.value = event.loaded / event.total;
      };
      request.onloadend = () => {
        const retryAfter = Number(request.getResponseHeader("Retry-After"));
        let body = {};
        try {
          body = JSON.parse(request.responseText);
        } catch {
          // A page for people, as of a proxy in between: the status is all there is to know.
        }
        resolve({ status: request.status, body, retryAfter });
      };
      request.open("POST", this.form.action);
      request.setRequestHeader("Accept", "application/json");
      request.send(data);
    });
  }

  count(state) {
    return this.items.filter((item) => item.state === state).length;
  }

  tell(more = "") {
    const left = this.count("chosen") + this.count("sending");
    if (left) this.say(`${this.count(SAVED)} sent, ${left} to go. ${more}`.trim());
  }

  finish() {
    const sent = this.items.filter((item) => item.state === SAVED);
    const refused = this.count("refused");
    if (sent.length === 1 && this.items.length === 1) {
      location.assign(sent[0].address);
      return;
    }
    const words = sent.length || !refused ? [`${pictures(sent.length)} ${sent.length === 1 ? "was" : "were"} accepted`] : [];
    if (refused) words.push(`${words.length ? refused : pictures(refused)} could not be taken: the list says why`);
    this.say(`${words.join(", ")}.`);
    document.querySelector("#upload-done").hidden = sent.length === 0;
  }

  say(text) {
    this.status.textContent = text;
  }
}

function pictures(count) {
  return `${count} picture${count === 1 ? "" : "s"}`;
}

const form = document.querySelector(".form--upload");
if (form) new Upload(form);
