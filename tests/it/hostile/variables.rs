//! Variables of the environment: which ones a file asks for, the file decides. What they hold is
//! never shown, but where somebody asks for a value with its interpolations resolved.

use std::ffi::OsStr;

use super::Yard;

/// A variable that every machine of somebody may have, and its value.
const SECRET: (&str, &str) = ("AWS_SECRET_ACCESS_KEY", "canary7Qx2Env9Value");
/// Others, whose names say nothing: their values show it by their form, or can't be ids.
const FORMS: [(&str, &str); 4] = [
    (
        "HOOK",
        "https://hooks.slack.com/services/T0/B0/canaryHookPart",
    ),
    ("DATABASE", "postgres://u:canaryPassword@db/x"),
    ("KEY_ID", "sk-canaryOpenAiKeyOfTwentyOrMore"),
    (
        "PEM",
        "-----BEGIN PRIVATE KEY-----\ncanaryPemBody\n-----END PRIVATE KEY-----",
    ),
];

/// Ways to make a value come out of a variable, as a reference and as anything else.
const EXPRESSIONS: [&str; 22] = [
    "${oc.env:V}",
    "${oc.env:V,default}",
    "x-${oc.env:V}",
    "${oc.env:V}${oc.env:V}",
    "${oc.env:${oc.env:V}}",
    "${oc.env:${oc.env:V},x}",
    "${oc.env:X${oc.env:V}}",
    "${${oc.env:V}}",
    "${nodes.${oc.env:V}}",
    "${nodes[${oc.env:V}]}",
    "${list.${oc.env:V}}",
    "${..${oc.env:V}}",
    "${connections.${oc.env:V}}",
    "${connections.${oc.env:V}.url}",
    "${connections[${oc.env:V}].x}",
    "${oc.select:${oc.env:V}}",
    "${oc.decode:${oc.env:V}}",
    "${oc.decode:'{${oc.env:V}: 1'}",
    "${oc.deprecated:${oc.env:V}}",
    "${oc.dict.keys:${oc.env:V}}",
    "${oc.create:{a: ${oc.env:V}}}",
    "${${oc.env:V}:x}",
];

fn with_variables(yard: &Yard, arguments: &[&str]) -> String {
    let mut variables: Vec<(&str, &OsStr)> = vec![(SECRET.0, SECRET.1.as_ref())];
    variables.extend(FORMS.map(|(name, value)| (name, OsStr::new(value))));
    let ended = yard.run_with(arguments, &variables);
    ended.out() + &ended.err()
}

#[test]
fn what_a_variable_holds_is_not_shown() {
    for expression in EXPRESSIONS {
        let yard = Yard::new();
        let mut workflow = "list: [a]\nnodes: {}\n".to_owned();
        for (position, name) in [SECRET.0]
            .into_iter()
            .chain(FORMS.map(|(name, _)| name))
            .enumerate()
        {
            let text = expression.replace('V', name);
            workflow += &format!(
                "k{position}: {{connection: \"{text}\", connections: [\"{text}\"], other: \"{text}\"}}\n\
                 r{position}: {{$type: connection, $id: \"{text}\"}}\n"
            );
            yard.write(
                format!("connections.d/c{position}.yaml"),
                format!(
                    "type: dynamiq.connections.Http\nmethod: \"{text}\"\nurl: \"https://{text}/x\"\nheaders: {{A: \"{text}\"}}\nparams: \"{text}\"\n"
                ),
            );
            yard.write(
                format!("connections.d/p{position}.yaml"),
                format!("type: dynamiq.connections.PostgreSQL\nhost: \"{text}\"\nport: \"{text}\"\nname: \"{text}\"\ntags: [\"{text}\"]\n"),
            );
        }
        yard.write("workflows/w.yaml", &workflow);
        for arguments in [
            &["list"][..],
            &["list", "--json"],
            &["check"],
            &["check", "--json"],
            &["check", "--sarif"],
            &["refs"],
            &["refs", "--json"],
            &["refs", "openai", "--json"],
            &["show", "c0"],
            &["show", "c0", "--json"],
            &["show", "c1"],
            &["show", "c2", "--json"],
            &["show", "p0"],
            &["show", "p1", "--json"],
            &["get", "c0", "url"],
            &["env"],
            &["env", "--json"],
            &["rm", "openai", "c0", "--yes"],
            &["rename", "openai", "other"],
            &["render", "workflows/w.yaml"],
            &["import", "workflows/w.yaml", "--inline", "--dry-run"],
            &["set", "c0", "method", "GET"],
        ] {
            let said = with_variables(&yard, arguments);
            for (name, value) in [SECRET].iter().chain(&FORMS) {
                let canary = &value[value.find("canary").unwrap()..];
                let canary = &canary[..12];
                assert!(
                    !said.contains(canary),
                    "{expression}: {arguments:?} shows `{name}`:\n{said}"
                );
            }
        }
    }
}

/// `resolve` and `get --resolve` are asked for it, and say so; their errors quote nothing.
#[test]
fn errors_of_what_resolves_quote_no_value() {
    for expression in EXPRESSIONS {
        let yard = Yard::new();
        let text = expression.replace('V', SECRET.0);
        yard.write(
            "connections.d/c.yaml",
            format!("type: dynamiq.connections.Http\nmethod: GET\nurl: \"{text}\"\n"),
        );
        yard.write("workflows/w.yaml", "a: {$type: connection, $id: c}\n");
        for arguments in [
            &["get", "c", "url", "--resolve"][..],
            &["resolve", "workflows/w.yaml"],
        ] {
            let ended = yard.run_with(arguments, &[(SECRET.0, SECRET.1.as_ref())]);
            assert!(
                !ended.err().contains("canary"),
                "{expression}: {}",
                ended.err()
            );
        }
    }
}
