// Says in the page what the browser or the device refused; allauth's own scripts only report it as an event.
document.addEventListener("allauth.error", () => {
  const notice = document.getElementById("passkey_error");
  if (notice) {
    notice.hidden = false;
  }
});

// Adding one: the ids allauth's script asks for stand at the button, since pages hold no inline script.
document.addEventListener("DOMContentLoaded", () => {
  const button = document.getElementById("passkey_add");
  if (button) {
    const { passwordless, credential } = button.dataset;
    window.allauth.webauthn.forms.addForm({ ids: { add: button.id, passwordless, credential, data: "js_data" } });
  }
});
