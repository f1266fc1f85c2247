// Redoc fetches its maker's logo from its maker's server and has no option against it. The policy would stop that with a
// complaint in the console; here it is not asked for at all.
const isOurs = (address) => new URL(address, location.href).origin === location.origin;
const source = Object.getOwnPropertyDescriptor(HTMLImageElement.prototype, "src");
const { setAttribute } = Element.prototype;

Object.defineProperty(HTMLImageElement.prototype, "src", {
  ...source,
  set(address) {
    if (isOurs(address)) source.set.call(this, address);
    else this.hidden = true;
  },
});
HTMLImageElement.prototype.setAttribute = function (name, value) {
  if (name === "src") this.src = value;
  else setAttribute.call(this, name, value);
};
