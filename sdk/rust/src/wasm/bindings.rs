//! What wit-bindgen makes of the worlds in `wit/`. Each world is a custom section of the component;
//! that of an exported interface is in it only where its macro is used.

pub mod imports {
    wit_bindgen::generate!({ path: "wit", world: "imports", generate_all });
}

pub mod actor {
    wit_bindgen::generate!({
        path: "wit",
        world: "actor",
        generate_all,
        pub_export_macro: true,
        export_macro_name: "export_actor",
    });
}

pub mod message_server_client {
    wit_bindgen::generate!({
        path: "wit",
        world: "message-server-client",
        generate_all,
        pub_export_macro: true,
        export_macro_name: "export_message_server_client",
    });
}

pub mod supervisor_handlers {
    wit_bindgen::generate!({
        path: "wit",
        world: "supervisor-handlers",
        generate_all,
        pub_export_macro: true,
        export_macro_name: "export_supervisor_handlers",
    });
}

pub mod interval_handlers {
    wit_bindgen::generate!({
        path: "wit",
        world: "interval-handlers",
        generate_all,
        pub_export_macro: true,
        export_macro_name: "export_interval_handlers",
    });
}

pub mod http_stream_handlers {
    wit_bindgen::generate!({
        path: "wit",
        world: "http-stream-handlers",
        generate_all,
        pub_export_macro: true,
        export_macro_name: "export_http_stream_handlers",
    });
}

pub mod http_handlers {
    wit_bindgen::generate!({
        path: "wit",
        world: "http-handlers",
        generate_all,
        pub_export_macro: true,
        export_macro_name: "export_http_handlers",
    });
}

pub mod http_answer_handlers {
    wit_bindgen::generate!({
        path: "wit",
        world: "http-answer-handlers",
        generate_all,
        pub_export_macro: true,
        export_macro_name: "export_http_answer_handlers",
    });
}

pub mod process_handlers {
    wit_bindgen::generate!({
        path: "wit",
        world: "process-handlers",
        generate_all,
        pub_export_macro: true,
        export_macro_name: "export_process_handlers",
    });
}
