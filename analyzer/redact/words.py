"""Words of protocols and services, which may stay where content is taken out."""

WORDS = frozenset(
    """
    a abort aborted accept accepted access account action active adaptive add after agent ai
    alive all analysis anon api append arguments array article assistant ata attachment audio
    auth authorization auto backend background batch bearer before bio block blocked body bool
    browser browsing c call canceled cancelled cap channel chat check checkpoint choice choices
    chunk citation citations claude client clients close closed code codex cohere command
    commentary commit complete completed completion completions computer confidential connected
    connection content context continue conversation conversations cot created credential
    credentials ctx current cursor custom data date db deepseek default delete deleted delta
    deltas denied desc detail details dev developer disconnected display document done down edit
    editable embedding embeddings empty encode encoded encoding end ended ephemeral error errors
    event events exceeded execution expired f fail failed failure false feedback fetch file
    files filter final finish finished first flash flex forbidden format fragment fragments
    frame function gateway gemini gen generate generated generation gizmo gizmos google gpt grok
    group guardrail h haiku handoff hash head header heartbeat hidden hit html id image images
    in inaccessible incomplete index info init input insert instant instructions interrupted
    invalid invalidated invitation invoke item items json jwt keep keepalive kimi kind large
    last latest length limit limited limits list listen llama local locked login logout long
    magistral map mapping marker max maximum mcp me member memory message messages meta metadata
    method mini missing mistral mock model models moderation modified multi multimodal name nano
    new next node none not notice nova null object of off offset ok old on op open openai
    operation opus order output over overloaded owner p page pages paragraph param params parent
    part partial parts patch path pause pending perplexity phase phi ping plain plugin plus pong
    post preview pro processed processing progress project prompt public put python query queue
    queued quota qwen rate rating read reason reasoned reasoner reasoning recap received
    recipient recipients ref refresh refusal refused regenerate rejected related remove removed
    replace replay request requests required requires research resource response responses rest
    result results resume retrieval retrieved retry revoked role root s safety scope search sec
    section selected send sent sequence server service session sessions set settings shared
    sidebar signature single snapshot snorlax solar sonnet source sources standard start started
    state status ste step steps stop stopped store stream streaming strict string structured
    style subscribe subscribed subscription succeeded success successfully suggestion summary
    sync system tag task te template temporary text think thinking thought thoughts thread
    threads thumbs tier timeout timing title token tokens too tool tools topic total trace tree
    true truncate truncated ttfvt turbo turn turns type ui unauthenticated unauthorized unknown
    unprocessable unset up update updated upload url urls usage use used user users v value
    variant version video view visible vision voice wait waiting warning web websocket window
    withheld word words work working workspace write ws x yaml you your
    """.split()  # noqa: SIM905 - a list of some 500 reads better so
)
"""In values that say what kind of thing something is, and in names."""

MEMBER_WORDS = WORDS | frozenset(
    """
    about accesskey accesstoken age algorithm amz annotation annotations apikey apitoken app
    applied apps arch archived args arrival asc ascii assets async at attempt attributes author
    authority authtoken avatar banner based bearertoken billed billing budget build by byte
    bytes cache cached calls candidate candidates caption captions categories category cause cf
    chars charset chatcmpl chatgpt children chunks classification clientid clientsecret cluster
    cnt codeverifier color column columns compact completionid conduit conduittoken config
    configuration confirm connections connector connectors const contents control cookie cookies
    correlation cors cost count country create creation creator csp csrf csrftoken cursors cut
    dedup depth desired device deviceid devices diff dimensions direction disabled domain
    duration edge edges edits effective effort elapsed email enabled encodings encrypted
    entities entries entry enum epoch estimated etag exchange exp expiration expire expires
    expiresin expiry explicit export extension extensions external extra failures features
    fields fingerprint flag flags flow folder folders footer for forecast frequency from full
    gap geo global goog granted grounding guid handler handshake has headers height hex hide
    hint hints history host hosts hour hours href http https iat icon icons identifier
    identifiers identity idtoken import incremental indexes inference inline inner instance
    instruction int integer interval invoked is iso issued issuer iteration iterations jti key
    keys kinds lab label labels lag lang language languages latency left level library lifetime
    line lines linked loaded locale location logprob logprobs low lower major management
    manifest markdown marked mask match matches media meter metrics mime min minor minute
    minutes mips miss missed modalities modality mode modes module ms msg multiplier names nbf
    network nodes nonce ns number numbers oai obfuscation objects octets offsets openid
    operations option optional options origin original os outcome outer outputs packet
    pagination parallel parameter parameters participants passphrase passwd password payload
    penalty per percent period permission permissions pinned pipeline plan platform policy
    position prediction prefix presence previous price priority privatekey probability producer
    profile properties property protocol provider providers publish published quality quantity
    question range rank ratings ratio raw ray reads record records refreshtoken region rel
    released remaining repeat reply report resolution resumetoken retention revision revoke
    right row rows rules run runs scale schema scheme score scores second secondary seconds
    secret secretkey secrets secure security securitytoken seed seen segment segments sensitive
    seq serial sessionid sessiontoken severity shape share shares sid sig silence size sizes
    slug slugs snippet sort sorted span spans speed sse ssl stable stage starred starting states
    stats statuses streams structure sub suffix suggestions support supported svc switch tab
    table tags target targets temperature tenant test texts threshold ticket time times
    timestamp timestamps timezone tls top topics traces transport truncation ts ttft ttl tz ulid
    unique unit units unread until upper uri us utc utf uuid valid validity values variables
    vector verbosity verdict verify versions via views visibility visually wall weight weights
    width with within xsrf xsrftoken zone
    """.split()  # noqa: SIM905 - as above
)
"""In names of members, parameters and cookies alone."""
