//! The commonwheel binary.

mod demo;
mod engine;
mod init;
mod ops;
mod run;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter("info,libp2p_gossipsub=off")
        .init();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    if args[1] == "demo" {
        let options = demo::DemoOptions { import: args.get(2).map(Into::into), keep: true };
        if let Err(error) = runtime.block_on(demo::demo(options)) {
            eprintln!("error: {error}");
            std::process::exit(1);
        }
        return;
    }
    let data = std::path::PathBuf::from(&args[2]);
    let config: toml::Table = std::fs::read_to_string(data.join("config.toml")).unwrap().parse().unwrap();
    let list = |key: &str| -> Vec<String> {
        config
            .get(key)
            .and_then(|v| v.as_array())
            .map(|a| a.iter().map(|v| v.as_str().unwrap().to_owned()).collect())
            .unwrap_or_default()
    };
    let text = |key: &str| config[key].as_str().unwrap().to_owned();
    let settings = engine::Settings {
        data: data.clone(),
        network: text("network"),
        role: commonwheel_record::attestation::NodeRole::named(&text("profile")).unwrap(),
        name: text("name"),
        guard: text("guard").into(),
        listen: list("listen"),
        peers: list("peers"),
        partners: list("partners").iter().map(|k| k.parse().unwrap()).collect(),
        follow: list("follow").iter().map(|k| k.parse().unwrap()).collect(),
        purpose: commonwheel_record::terms::Purpose::Replicate,
        selection: commonwheel_sync::Selection::default(),
    };
    match args[3].as_str() {
        "run" => {
            if let Err(error) = runtime.block_on(run::run(settings, data.join("api.sock"))) {
                eprintln!("error: {error}");
                std::process::exit(1);
            }
        }
        _ => {}
    }
}
