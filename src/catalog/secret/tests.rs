//! What is masked, and what stays readable.

#![expect(
    clippy::format_collect,
    reason = "expect-test writes the hashes; texts of expectations are short"
)]

use expect_test::expect;
use proptest::prelude::*;

use super::*;

#[test]
fn names_of_secrets() {
    for name in [
        "Authorization",
        "authorization",
        "Proxy-Authorization",
        "X-Api-Key",
        "X-API-KEY",
        "apikey",
        "api_key",
        "apiKey",
        "APIKey",
        "key",
        "Ocp-Apim-Subscription-Key",
        "x-goog-api-key",
        "token",
        "access_token",
        "accessToken",
        "GITHUB_TOKEN",
        "GITHUB_PAT",
        "OPENAI_API_KEY",
        "PGPASSWORD",
        "db_password",
        "passwd",
        "pwd",
        "client_secret",
        "AWS_SECRET_ACCESS_KEY",
        "session_token",
        "Cookie",
        "Set-Cookie",
        "private_key",
        "privateKey",
        "signing_key",
        "encryption-key",
        "passphrase",
        "credentials",
        "jwt",
        "sig",
        "X-Amz-Signature",
        "AccountKey",
        "connection_string",
        "SharedAccessKey",
        "auth",
        "X-Auth-Token",
        "pass",
        "smtp_pass",
        "--api-key",
        "tokens",
        "api_keys",
        "accessTokens",
        "passwords",
    ] {
        assert!(is_secret_name(name), "{name}");
    }
}

#[test]
fn names_that_are_none() {
    for name in [
        "",
        "_",
        "url",
        "host",
        "project_id",
        "access_key_id",
        "AWS_ACCESS_KEY_ID",
        "private_key_id",
        "api_key_id",
        "client_id",
        "token_uri",
        "auth_uri",
        "auth_type",
        "max_tokens",
        "output_tokens",
        "sort_keys",
        "token_limit",
        "public_key",
        "primary_key",
        "cache_key",
        "Idempotency-Key",
        "keyspace",
        "monkey",
        "Content-Type",
        "User-Agent",
        "Accept",
        "author",
        "authority",
        "compass",
        "bypass",
        "pattern",
        "database",
        "user",
        "password_file",
        "token_ttl",
        "api_version",
        "auth_provider_x509_cert_url",
        "profile",
        "secretary_name",
    ] {
        assert!(!is_secret_name(name), "{name}");
    }
}

#[test]
fn texts_are_masked_by_their_form() {
    let shown: String = [
        "https://user:hunter2@db.example/x?y=1",
        "postgresql://app:p@ss/w?rd#1@db:5432/app",
        "redis://:hunter2@cache:6379/0",
        "https://db.example:8080/a@b",
        "https://${oc.env:USER}:${oc.env:PW}@db.example",
        "https://${oc.env:USER}:hunter2@db.example",
        "https://u:${oc.env:PW,hunter2}@db.example",
        "https://api.example/v1?key=hunter2&q=x&max_tokens=5",
        "host=db user=app password=hunter2 dbname=x",
        "Server=db;Password=hunter2;Database=x",
        "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=aHVudGVy==;EndpointSuffix=x",
        "Bearer hunter2hunter2",
        "Bearer ${oc.env:TOKEN}",
        "basic aHVudGVyMg==",
        "sk-proj-hunter2hunter2hunter2",
        "sk-short",
        "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\n",
        "token of appreciation",
        "a://x:hunter2@h b://y:hunter2@h",
        "Authorization: Bearer hunter2",
        "Authorization:${AUTH}",
        "Accept: text/html",
        "https://u:${oc.env: PW, hunter2}@db.example",
        "a password='hunter2 hunter2' b",
        "password=\"hunter2",
        "x=1&token=${oc.env:T}&key=hunter2#part",
        "https://h/?a={b}&sig=hunter2",
        "plain",
        "",
    ]
    .iter()
    .map(|text| format!("{}\n", mask_text(text)))
    .collect();
    expect![[r#"
        https://user:••••••••@db.example/x?y=1
        postgresql://app:••••••••@db:5432/app
        redis://:••••••••@cache:6379/0
        https://db.example:••••••••@b
        https://${oc.env:USER}:${oc.env:PW}@db.example
        https://${oc.env:USER}:••••••••@db.example
        https://u:••••••••@db.example
        https://api.example/v1?key=••••••••&q=x&max_tokens=5
        host=db user=app password=•••••••• dbname=x
        Server=db;Password=••••••••;Database=x
        DefaultEndpointsProtocol=https;AccountName=a;AccountKey=••••••••;EndpointSuffix=x
        ••••••••
        Bearer ${oc.env:TOKEN}
        ••••••••
        ••••••••
        sk-short
        ••••••••
        token of appreciation
        a://x:••••••••@h b://y:••••••••@h
        Authorization: ••••••••
        Authorization:${AUTH}
        Accept: text/html
        https://u:••••••••@db.example
        a password='••••••••' b
        password="••••••••
        x=1&token=${oc.env:T}&key=••••••••#part
        https://h/?a={b}&sig=••••••••
        plain

    "#]]
    .assert_eq(&shown);
    assert!(!shown.contains("hunter"));
}

#[test]
fn entries_are_masked_by_their_name() {
    for (name, text, shown) in [
        ("Authorization", "Token a b", Secret::MASK),
        ("Authorization", "Bearer ${oc.env:T}", "Bearer ${oc.env:T}"),
        ("Authorization", "${oc.env:T}", "${oc.env:T}"),
        ("Authorization", "${oc.env:T,null}", "${oc.env:T,null}"),
        ("Authorization", "${oc.env:T,hunter2}", Secret::MASK),
        ("Authorization", "${oc.env:T}hunter2", Secret::MASK),
        ("Authorization", "Bearer ${oc.env:T,hunter2}", Secret::MASK),
        ("api_key", "", ""),
        ("Accept", "text/html", "text/html"),
    ] {
        assert_eq!(mask_entry(name, text), shown, "{name}: {text}");
    }
}

#[test]
fn arguments_are_masked_after_their_flags() {
    let shown = mask_items(&[
        "-y",
        "server",
        "--api-key",
        "hunter2",
        "--token=hunter2",
        "--port",
        "80",
        "--token",
        "--verbose",
        "--password",
        "${oc.env:PW}",
        "https://u:hunter2@h",
        "--header",
        "X-Api-Key: hunter2",
        "--header=Authorization: Bearer hunter2",
        "--header=Accept: text/html",
    ]);
    expect!["-y server --api-key •••••••• --token=•••••••• --port 80 --token --verbose --password ${oc.env:PW} https://u:••••••••@h --header X-Api-Key: •••••••• --header=Authorization: •••••••• --header=Accept: text/html"].assert_eq(&shown.join(" "));
}

#[test]
fn the_secret_of_a_webhook_is_in_its_path() {
    for (text, shown) in [
        (
            "https://hooks.slack.com/services/T1/B2/hunter2",
            "https://hooks.slack.com/services/••••••••",
        ),
        (
            "post to https://HOOKS.slack.com:443//services/T1/B2/hunter2 now",
            "post to https://HOOKS.slack.com:443//services/•••••••• now",
        ),
        (
            "https://discord.com/api/webhooks/1/hunter2?wait=true",
            "https://discord.com/api/webhooks/••••••••",
        ),
        (
            "https://canary.discord.com/api/webhooks/1/hunter2",
            "https://canary.discord.com/api/webhooks/••••••••",
        ),
        (
            "https://acme.webhook.office.com/webhookb2/hunter2@x/IncomingWebhook/y",
            "https://acme.webhook.office.com/••••••••",
        ),
        (
            "https://api.telegram.org/bot1:hunter2/sendMessage",
            "https://api.telegram.org/bot••••••••",
        ),
        (
            "https://hooks.slack.com/services/${oc.env:HOOK}",
            "https://hooks.slack.com/services/${oc.env:HOOK}",
        ),
        (
            "https://slack.com/services/a",
            "https://slack.com/services/a",
        ),
        (
            "https://nothooks.slack.com.example/services/a",
            "https://nothooks.slack.com.example/services/a",
        ),
        (
            "https://discord.com/channels/1",
            "https://discord.com/channels/1",
        ),
    ] {
        assert_eq!(mask_text(text), shown);
        assert_eq!(mask_text(shown), shown);
    }
}

#[test]
fn hostile_text_takes_time_that_grows_with_its_length_only() {
    for piece in [
        "://",
        "://a:b@",
        "key=a ",
        "key=",
        "=",
        "@",
        "{",
        "key={",
        "a:",
        "--key ",
        "key='",
        "}",
        "${key=",
        "https://hooks.slack.com/services/",
        "://a.webhook.office.com/x ",
    ] {
        let text = piece.repeat(200_000 / piece.len());
        let start = std::time::Instant::now();
        mask_text(&text);
        // A quadratic pass over this takes minutes.
        assert!(start.elapsed().as_secs() < 5, "{piece}");
    }
}

proptest! {
    /// Masking is stable, never panics, and never lets a password in an address through.
    #[test]
    fn a_password_in_an_address_never_shows(
        user in "[a-zé]{0,8}", password in "[A-Z0-9:/?#@!$&=;é%+-]{3,20}", rest in "[a-z./:0-9]{1,12}",
        before in "[a-z =]{0,6}",
    ) {
        let text = format!("{before}https://{user}:canary{password}@{rest}");
        let shown = mask_text(&text).into_owned();
        prop_assert!(!shown.contains("canary"), "{text} -> {shown}");
        prop_assert_eq!(mask_text(&shown).into_owned(), shown);
    }

    #[test]
    fn any_text_can_be_masked(name in "\\PC{0,12}", text in "\\PC{0,40}") {
        let shown = mask_entry(&name, &text).into_owned();
        prop_assert_eq!(mask_entry(&name, &shown).into_owned(), shown);
    }
}
