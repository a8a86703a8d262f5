//! The places that can hold a secret, each with a canary of its own.

use conndeck::catalog::{Catalog, Input};

use super::Canary;

/// A place, and what is in it.
#[derive(Debug)]
pub struct Place {
    pub what: String,
    pub canary: Canary,
    /// The connection and the field that give this one and no other.
    pub asked: Option<(String, String)>,
}

/// Files by path, and their texts.
type Files = Vec<(String, String)>;

/// The places, the files that they are in, and the variables.
pub fn all() -> (Vec<Place>, Files, Vec<(String, String)>) {
    let mut sowing = Sowing::default();
    sowing.types();
    sowing.free_places();
    sowing.broken();
    sowing.workflows();
    let variables = ["OPENAI_API_KEY", "CANARY_TOKEN", "DATABASE_URL"]
        .map(|name| {
            let canary = sowing.word(&format!("variable {name}"));
            let value = if name == "DATABASE_URL" {
                format!("postgres://u:{canary}@h/d")
            } else {
                canary
            };
            (name.to_owned(), value)
        })
        .to_vec();
    sowing.word("typed");
    (sowing.places, sowing.files, variables)
}

#[derive(Default)]
struct Sowing {
    places: Vec<Place>,
    files: Files,
    /// How many canaries there are, those of [`SHOWN`] too.
    count: usize,
}

/// What looks secret to nobody: a canary stands there, and is not looked for.
const SHOWN: [&str; 5] = [
    // No field's value: the name of an anchor, a tag, a path within an expression.
    "alias",
    "tag",
    "path",
    // Text that is no connection.
    "no map",
    // A wrong number in a field that is no secret is told with the file's other mistakes.
    "wrong kind: port",
];

impl Sowing {
    fn canary(&mut self, what: &str, asked: Option<(&str, &str)>) -> Canary {
        let canary = Canary::new(self.count);
        self.count += 1;
        if SHOWN.contains(&what) {
            return canary;
        }
        self.places.push(Place {
            what: what.to_owned(),
            canary: canary.clone(),
            asked: asked.map(|(id, field)| (id.to_owned(), field.to_owned())),
        });
        canary
    }

    fn word(&mut self, what: &str) -> String {
        self.canary(what, None).word()
    }

    /// A text for a double-quoted scalar.
    fn quoted(&mut self, what: &str, asked: Option<(&str, &str)>) -> String {
        let text = self.canary(what, asked).text();
        serde_json::to_string(&text).unwrap()
    }

    fn file(&mut self, path: &str, text: String) {
        self.files.push((path.to_owned(), text));
    }

    /// Every secret field of every type, an unknown one, and a comment.
    fn types(&mut self) {
        for kind in Catalog::built_in().kinds() {
            let class = kind.type_path.rsplit('.').next().unwrap_or_default();
            let id = format!("t-{}", class.to_lowercase());
            let mut text = format!("type: {}\n", kind.type_path);
            for field in kind.fields.iter().filter(|field| field.secret) {
                let what = format!("{} {}", kind.type_path, field.name);
                let name = &field.name;
                text += &match field.input {
                    Input::Map => format!("{name}: {{Some-Name: {}}}\n", self.quoted(&what, None)),
                    Input::List => format!("{name}: [{}]\n", self.quoted(&what, None)),
                    Input::Text
                    | Input::Integer
                    | Input::Number
                    | Input::Switch
                    | Input::Choice(_)
                    | Input::DateTime => {
                        format!("{name}: {}\n", self.quoted(&what, Some((&id, name))))
                    }
                };
            }
            let unknown = self.quoted(&format!("{id} unknown"), Some((&id, "zz_password")));
            let commented = self.word(&format!("{id} comment"));
            text += &format!("zz_password: {unknown}\n# api_key: {commented}\n");
            self.file(&format!("connections.d/{id}.yaml"), text);
        }
    }

    /// Headers, variables, arguments, addresses, keys of many lines, data within data.
    fn free_places(&mut self) {
        let mut w = |what: &str| self.word(what);
        let http = format!(
            "type: dynamiq.connections.Http\nmethod: GET\nurl: https://u:{}@h/x?api_key={}&page=1\n\
             headers:\n  Authorization: Bearer {}\n  X-Api-Key: {}\n  Cookie: {}\n  X-Auth-Token: |\n    {}\n    {}\n\
             params: {{token: {}, limit: 5}}\ndata: {{deep: [{{password: {}}}, {{secret: [{}]}}]}}\n",
            w("url password"),
            w("url query"),
            w("bearer"),
            w("header key"),
            w("cookie"),
            w("block 1"),
            w("block 2"),
            w("params"),
            w("nested 1"),
            w("nested 2"),
        );
        let mcp = format!(
            "type: dynamiq.connections.MCPStdio\ncommand: run\nargs: [--api-key, {}, --token={}, \"--header=Authorization: Bearer {}\", \
             \"postgres://u:{}@h/d\", --db-password, {}]\nenv: {{MY_TOKEN: {}, DB: \"host=h password={} user=u\", PLAIN: x}}\n",
            w("argument"),
            w("argument with ="),
            w("header argument"),
            w("address argument"),
            w("argument 2"),
            w("env"),
            w("settings in env"),
        );
        let own = format!(
            "type: own.Type\nname: Own\ndescription: a bot\ndsn: postgresql://u:{}@h:5432/d\nclient_secret: {{deep: [{}]}}\n\
             conn: \"Endpoint=sb://h/;SharedAccessKeyName=n;SharedAccessKey={}\"\nslack: https://hooks.slack.com/services/T0/B0/{}\n\
             discord: https://discord.com/api/webhooks/1/{}\nteams: https://a.webhook.office.com/webhookb2/{}@x/IncomingWebhook/{}\n\
             telegram: https://api.telegram.org/bot1:{}/x\nlogic: https://prod.azure.com/workflows/a?sig={}\n\
             key: |\n  -----BEGIN PRIVATE KEY-----\n  {}\n  {}\n  -----END PRIVATE KEY-----\n\
             token_of_known_form: [sk-{}, ghp_{}]\nfolded: >-\n  Bearer\n  {}\nalias: &a\n  password: {}\nagain: *a\nmerged: {{<<: *a}}\n",
            w("dsn"),
            w("nested secret"),
            w("connection string"),
            w("slack"),
            w("discord"),
            w("teams 1"),
            w("teams 2"),
            w("telegram"),
            w("signature"),
            w("pem 1"),
            w("pem 2"),
            w("sk-"),
            w("ghp_"),
            w("folded"),
            w("aliased"),
        );
        let google = format!(
            "type: dynamiq.connections.VertexAI\nproject_id: p\nprivate_key: \"-----BEGIN PRIVATE KEY-----\\n{}\\n-----END PRIVATE KEY-----\\n\"\n\
             credentials: '{{\"private_key\": \"{}\"}}'\n",
            w("pem in quotes"),
            w("json in text"),
        );
        for (id, text) in [
            ("http", http),
            ("mcp", mcp),
            ("own", own),
            ("google", google),
        ] {
            self.file(&format!("connections.d/x-{id}.yaml"), text);
        }
        let default = self.word("default of a variable");
        self.file(
            "connections.d/x-default.yaml",
            format!("type: dynamiq.connections.OpenAI\napi_key: ${{oc.env:NOT_SET,{default}}}\nurl: https://${{oc.env:DATABASE_URL}}/x\n"),
        );
    }

    /// Files whose errors could quote what they hold.
    fn broken(&mut self) {
        let mut w = |what: &str| self.word(what);
        let files = [
            (
                "quote",
                format!(
                    "type: dynamiq.connections.OpenAI\napi_key: \"{}\n",
                    w("open quote")
                ),
            ),
            (
                "colon",
                format!(
                    "type: dynamiq.connections.OpenAI\napi_key: {}: b\n",
                    w("two colons")
                ),
            ),
            (
                "twice",
                format!(
                    "type: dynamiq.connections.OpenAI\napi_key: {}\napi_key: {}\n",
                    w("twice 1"),
                    w("twice 2")
                ),
            ),
            ("tab", format!("type: a\n\tapi_key: {}\n", w("tab"))),
            (
                "flow",
                format!("{{type: a, api_key: {}, b: [}}\n", w("flow")),
            ),
            ("alias", format!("type: a\napi_key: *{}\n", w("alias"))),
            (
                "tag",
                format!(
                    "type: a\napi_key: !{} x\npassword: !!int {}\n",
                    w("tag"),
                    w("tagged")
                ),
            ),
            (
                "expression",
                format!(
                    "type: a\napi_key: ${{oc.env:A,{}\npassword: ${{{}}}\n",
                    w("open expression"),
                    w("path")
                ),
            ),
            (
                "escape",
                format!("type: a\napi_key: \"{}\\q\"\n", w("escape")),
            ),
            ("text", format!("{}\n", w("no map"))),
            ("list", format!("- api_key: {}\n", w("no map 2"))),
            (
                "documents",
                format!("a: 1\n---\napi_key: {}\n", w("second document")),
            ),
            (
                "kinds",
                format!(
                    "type: dynamiq.connections.PostgreSQL\nport: {}\npassword: [{}]\nhost: {{token: {}}}\n",
                    w("wrong kind: port"),
                    w("wrong kind: list"),
                    w("wrong kind: map"),
                ),
            ),
            (
                "kind",
                format!(
                    "type: [{{password: {}}}]\napi_key: x\n",
                    w("type that is a list")
                ),
            ),
        ];
        for (name, text) in files {
            self.file(&format!("connections.d/broken-{name}.yaml"), text);
        }
    }

    /// Definitions near references, above and below, and in files that are broken.
    fn workflows(&mut self) {
        let mut w = |what: &str| self.word(what);
        let own = format!(
            "connections:\n  a: {{type: dynamiq.connections.OpenAI, api_key: {}}}\n  b:\n    type: dynamiq.connections.PostgreSQL\n    password: {}\n\
             \x20   # password: {}\nnodes:\n  n:\n    headers: {{Authorization: Bearer {}}}\n    connection: a\n    api_key: {}\n\
             \x20 m: {{connection: t-openai, token: {}}} # token: {}\n  o:\n    connection:\n      type: dynamiq.connections.Http\n      url: https://u:{}@h\n\
             \x20     headers: {{X-Api-Key: {}}}\nagent_factory:\n  connections:\n    c: {{type: dynamiq.connections.OpenAI, api_key: {}}}\n  llm: {{connection: c}}\n\
             r: {{$type: connection, $id: t-openai, secret: {}}}\n",
            w("definition 1"),
            w("definition 2"),
            w("comment"),
            w("header beside"),
            w("key beside"),
            w("flow beside"),
            w("comment beside"),
            w("inline url"),
            w("inline header"),
            w("factory"),
            w("requirement"),
        );
        let broken = format!(
            "nodes:\n  a: {{connection: t-openai}}\napi_key: \"{}\nconnection: t-openai\n",
            w("broken workflow"),
        );
        let dangling = format!(
            "connections:\n  d: {{type: dynamiq.connections.OpenAI, api_key: ${{oc.env:NOT_SET,{}}}}}\nr: {{$type: connection, $id: nobody, token: {}}}\n\
             s: {{$type: connection, $id: x-default}}\nt: {{$type: connection, $id: broken-quote}}\n",
            w("default in a workflow"),
            w("beside a requirement"),
        );
        for (name, text) in [("own", own), ("broken", broken), ("dangling", dangling)] {
            self.file(&format!("workflows/{name}.yaml"), text);
        }
    }
}
