//! A large store: what can be seen and done before all of it is read.

use super::*;

/// So many that they are listed before they are read.
const MANY: usize = 150;

/// An interface on a large store that is told, one after the other, what the first reading tells.
struct Slow {
    session: Session,
    events: VecDeque<Event>,
}

impl Slow {
    fn new() -> Self {
        let files: Vec<(String, String)> = (0..MANY)
            .map(|number| {
                let name = format!("connections.d/id-{number:03}.yaml");
                let text = format!("name: Name {number:03}\ntype: dynamiq.connections.OpenAI\n");
                (name, text)
            })
            .collect();
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()))
            .collect();
        let mut session = Session::new(&files);
        let worker = Worker::new(Arc::clone(&session.project));
        session.worker = worker;
        let told = Mutex::new(VecDeque::new());
        let tell = |event| told.lock().unwrap().push_back(event);
        let last = session
            .worker
            .perform(Job::Load, &AtomicBool::new(false), &tell);
        let mut events = told.into_inner().unwrap();
        events.extend(last);
        let app = App::new(session.setup());
        session.app = app;
        Self { session, events }
    }

    /// Tells the next thing.
    fn next(&mut self) -> &mut Session {
        let event = self.events.pop_front().unwrap();
        self.session.app.update(event);
        &mut self.session
    }
}

#[test]
fn names_come_first_then_what_is_on_the_screen_then_everything() {
    let mut slow = Slow::new();
    slow.session.sees("reading…");
    let first_names = slow.next();
    first_names.sees("· 150").sees("id-000").sees_no("Name");
    assert!(first_names.app.list.is_partial());
    let first_rows = slow.next();
    first_rows
        .sees("· 150")
        .sees("Name 000")
        .sees("OpenAI")
        .sees("connections.d/id-000.yaml");
    assert!(first_rows.app.list.is_partial());
    let all_names = slow.next();
    all_names.sees("· 150").sees("Name 000");
    assert!(!all_names.app.list.is_partial());
    all_names.keys("G").sees("id-149").sees_no("Name 149");
    while !slow.events.is_empty() {
        slow.next();
    }
    slow.session
        .sees("Name 149")
        .sees("connections.d/id-149.yaml");
}

#[test]
fn what_is_typed_before_the_store_is_read_is_done_when_it_is() {
    let mut slow = Slow::new();
    let before = slow.session.files();
    // Nothing is listed, then names, then the first rows: the keys wait all the time.
    for (stage, key) in ["j", "j", "<enter>"].iter().enumerate() {
        if stage > 0 {
            slow.next();
        }
        for key in parse_keys(key) {
            let effects = slow.session.app.update(Event::Input(Input::Key(key)));
            assert!(effects.is_empty(), "{effects:?}");
        }
    }
    slow.session.sees_no("Edit");
    for key in parse_keys("<c-u>Changed") {
        slow.session.app.update(Event::Input(Input::Key(key)));
    }
    assert_eq!(slow.session.files(), before);
    while !slow.events.is_empty() {
        slow.next();
    }
    slow.session.sees("Edit id-002").sees("Changed");
}

#[test]
fn escape_forgets_what_waits() {
    let mut slow = Slow::new();
    slow.next().keys("j<enter><esc>k");
    while !slow.events.is_empty() {
        slow.next();
    }
    slow.session
        .sees("connections.d/id-000.yaml")
        .sees_no("Edit");
}

#[test]
fn the_cursor_stays_on_its_connection_while_the_rest_is_read() {
    let mut slow = Slow::new();
    slow.next();
    slow.next().keys("jjjj").sees("id-000");
    while !slow.events.is_empty() {
        slow.next();
        slow.session.sees("id-");
    }
    slow.session.sees("connections.d/id-004.yaml");
}
