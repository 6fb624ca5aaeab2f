// Requests to the lab: the access credential, its refresh, and the refusals.

let accessToken = "";
let refreshing = null;
const deviceId = crypto.randomUUID();

export class Refusal extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

async function refresh() {
  // Several requests may be refused at once; they share one refresh.
  refreshing ??= (async () => {
    try {
      const response = await fetch("/api/auth/session", { headers: { accept: "application/json" } });
      accessToken = (await response.json()).accessToken ?? "";
    } finally {
      refreshing = null;
    }
  })();
  await refreshing;
  if (!accessToken) throw new Refusal(401, "logged_out", "You are logged out. Reload the page to log in.");
}

async function readRefusal(response) {
  const text = await response.text();
  try {
    const body = JSON.parse(text);
    const inner = body.error ?? body.detail;
    if (typeof inner === "string") return new Refusal(response.status, "", inner);
    if (Array.isArray(inner)) return new Refusal(response.status, "bad_value", `${inner[0].loc.join(".")}: ${inner[0].msg}`);
    return new Refusal(response.status, inner.code, inner.message);
  } catch {
    return new Refusal(response.status, "html", `The service answered ${response.status}.`);
  }
}

// Like fetch, but authorized: a 401 or 403 refreshes the credential and tries once more.
export async function call(path, { method = "GET", json, signal, accept = "application/json" } = {}) {
  if (!accessToken) await refresh();
  const send = () => fetch(path, {
    method,
    signal,
    headers: {
      accept,
      authorization: `Bearer ${accessToken}`,
      "oai-device-id": deviceId,
      ...(json === undefined ? {} : { "content-type": "application/json" }),
    },
    body: json === undefined ? undefined : JSON.stringify(json),
  });
  let response = await send();
  if (response.status === 401 || response.status === 403) {
    await refresh();
    response = await send();
  }
  if (!response.ok) throw await readRefusal(response);
  return response;
}

export async function getJson(path) {
  return (await call(path)).json();
}

export async function postJson(path, json) {
  return (await call(path, { method: "POST", json })).json();
}
