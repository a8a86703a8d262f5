//! The globs of `exclude:`: small, and the same on every system.

/// Whether `path`, with `/` between names and relative to the globs' base, is left out by `glob`.
///
/// `*` and `?` stay within a name, `**` stands for any number of names. A glob without a slash
/// matches a name at any depth. Whatever is below a match is never looked at.
pub(super) fn matches(glob: &str, path: &str) -> bool {
    let glob = glob.trim_start_matches("./").trim_end_matches('/');
    let (glob, is_anchored) = match glob.strip_prefix('/') {
        Some(rest) => (rest, true),
        None => (glob, glob.contains('/')),
    };
    if glob.is_empty() {
        return false;
    }
    let names: Vec<&str> = path.split('/').collect();
    if is_anchored {
        let globs: Vec<&str> = glob.split('/').collect();
        match_names(&globs, &names)
    } else {
        names.last().is_some_and(|name| match_name(glob, name))
    }
}

fn match_names(globs: &[&str], names: &[&str]) -> bool {
    match (globs, names) {
        ([], []) => true,
        (["**"], names) => !names.is_empty(),
        (["**", rest @ ..], names) => {
            (0..=names.len()).any(|skipped| match_names(rest, &names[skipped..]))
        }
        ([glob, globs @ ..], [name, names @ ..]) => {
            match_name(glob, name) && match_names(globs, names)
        }
        ([], [_, ..]) | ([_, ..], []) => false,
    }
}

/// `*` and `?` in one name; the last `*` takes more when the rest does not fit.
fn match_name(glob: &str, name: &str) -> bool {
    let glob: Vec<char> = glob.chars().collect();
    let name: Vec<char> = name.chars().collect();
    let (mut at, mut star) = (0, None);
    let mut from = 0;
    while from < name.len() {
        match glob.get(at) {
            Some('*') => {
                star = Some((at, from));
                at += 1;
            }
            Some(one) if *one == '?' || *one == name[from] => {
                at += 1;
                from += 1;
            }
            Some(_) | None => match star {
                Some((star_at, taken)) => {
                    star = Some((star_at, taken + 1));
                    at = star_at + 1;
                    from = taken + 1;
                }
                None => return false,
            },
        }
    }
    glob[at..].iter().all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn globs_match_names_and_paths() {
        for (glob, path, expected) in [
            ("*.bak.yaml", "a/b/x.bak.yaml", true),
            ("archive", "workflows/archive", true),
            ("archive", "workflows/archived", false),
            ("workflows/old/", "workflows/old", true),
            ("workflows/*/x.yaml", "workflows/a/x.yaml", true),
            ("workflows/*/x.yaml", "workflows/a/b/x.yaml", false),
            ("workflows/**/x.yaml", "workflows/a/b/x.yaml", true),
            ("workflows/**/x.yaml", "workflows/x.yaml", true),
            ("workflows/**", "workflows", false),
            ("workflows/**", "workflows/a", true),
            ("/x.yaml", "x.yaml", true),
            ("/x.yaml", "a/x.yaml", false),
            ("a?c*", "abcd", true),
            ("*a*b", "xxaxxbxb", true),
            ("", "a", false),
        ] {
            assert_eq!(matches(glob, path), expected, "{glob} {path}");
        }
    }
}
