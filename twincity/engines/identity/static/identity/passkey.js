// Says in the page what the browser or the device refused; allauth's own scripts only report it as an event.
document.addEventListener("allauth.error", () => {
  const notice = document.getElementById("passkey_error");
  if (notice) {
    notice.hidden = false;
  }
});
