// Before anything is painted: scripts run here, and the reader's own theme.
document.documentElement.dataset.scripts = "";
try {
  const theme = localStorage.getItem("theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch {
  // No storage (a private window): the system's theme it is.
}
