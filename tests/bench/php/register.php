<?php
// The registration of a webhook as a page of plain PHP: the same request, the same checks, the same rows in one
// transaction, and the same answer as the service's. PHP decodes forms; PDO keeps its connection. Settings come from
// the environment (php_fpm.py).
declare(strict_types=1);

const EPOCH_MS = 1_577_836_800_000;
const RANDOM_BITS = 22;
const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const ID_CHARACTERS = 11;
const MAX_URL = 2048;
const MAX_NAME = 255;
const DATABASE_TRIES = 3;
const ER_DEADLOCK = 1213;
const ER_DUPLICATE = 1062;
const REQUIRED = 'This field is required.';
const NO_STRING = 'Not a valid string.';

/** An answer other than 200. */
final class Refused extends Exception
{
    public function __construct(public readonly int $status, public readonly array $body)
    {
        parent::__construct();
    }

    public static function because(int $status, string $detail): self
    {
        return new self($status, ['detail' => $detail]);
    }
}

// Ids: 64 bits, of which the lower 22 are random, as 11 characters of Base58.

function generate_id(): int
{
    return ((int) (microtime(true) * 1000) - EPOCH_MS) << RANDOM_BITS | random_int(0, (1 << RANDOM_BITS) - 1);
}

function to_base58(int $id): string
{
    for ($text = ''; $id > 0; $id = intdiv($id, 58)) {
        $text = BASE58[$id % 58] . $text;
    }
    return str_pad($text, ID_CHARACTERS, BASE58[0], STR_PAD_LEFT);
}

function from_base58(string $text): ?int
{
    $id = 0;
    foreach (str_split($text) as $character) {
        $id = $id * 58 + strpos(BASE58, $character);
    }
    return is_int($id) ? $id : null;  // a number that is too large has become a float
}

// The request

function target_id(): int
{
    $path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
    if (!is_string($path) || !preg_match('~^/targets/([^/]+)/webhooks/?$~D', $path, $match)) {
        throw Refused::because(404, 'Not found.');
    }
    if ($_SERVER['REQUEST_METHOD'] !== 'POST') {
        throw Refused::because(405, "Method \"{$_SERVER['REQUEST_METHOD']}\" not allowed.");
    }
    $is_id = preg_match('/^[' . BASE58 . ']{' . ID_CHARACTERS . '}$/D', $match[1]);
    return $is_id ? from_base58($match[1]) ?? 0 : 0;
}

function key_digest(): string
{
    if (!preg_match('/^\s*(?:JWT|Bearer) +(\S+)\s*$/i', $_SERVER['HTTP_AUTHORIZATION'] ?? '', $match)) {
        throw Refused::because(401, 'Incorrect authentication credentials.');
    }
    return hash('sha256', $match[1], true);
}

function decoded_body(): array
{
    $type = strtolower(trim(explode(';', $_SERVER['CONTENT_TYPE'] ?? '')[0]));
    if ($type === 'application/x-www-form-urlencoded' || $type === 'multipart/form-data') {
        return $_FILES + $_POST;
    }
    if ($type !== 'application/json') {
        throw Refused::because(415, "Unsupported media type \"$type\" in request.");
    }
    try {
        $body = json_decode(file_get_contents('php://input'), false, 100, JSON_THROW_ON_ERROR);
    } catch (JsonException $error) {
        throw new Refused(400, ['non_field_errors' => ["JSON parse error - {$error->getMessage()}"]]);
    }
    if (!is_object($body)) {
        throw new Refused(400, ['non_field_errors' => ['Invalid data. Expected a dictionary.']]);
    }
    return get_object_vars($body);
}

// The fields. Each function returns the value, or adds a message to $errors.

function string_field(array $body, string $name, string $default, int $most, array &$errors): string
{
    $value = $body[$name] ?? (array_key_exists($name, $body) ? null : $default);
    if (!is_string($value)) {
        $errors[$name][] = $value === null ? 'This field may not be null.' : NO_STRING;
        return '';
    }
    $value = trim($value);
    if (str_contains($value, "\0")) {
        $errors[$name][] = 'Null characters are not allowed.';
    } elseif (!preg_match('//u', $value)) {
        $errors[$name][] = NO_STRING;
    } elseif (iconv_strlen($value, 'UTF-8') > $most) {
        $errors[$name][] = "Ensure this field has no more than $most characters.";
    }
    return $value;
}

function is_public_address(string $host): bool
{
    $host = strtolower(trim($host, '[]'));
    if ($host === 'localhost' || str_ends_with($host, '.localhost')) {
        return false;
    }
    $public = FILTER_FLAG_NO_PRIV_RANGE | FILTER_FLAG_NO_RES_RANGE;
    return !filter_var($host, FILTER_VALIDATE_IP) || filter_var($host, FILTER_VALIDATE_IP, $public);
}

function url_field(array $body, array &$errors): string
{
    if (!array_key_exists('url', $body)) {
        $errors['url'][] = REQUIRED;
        return '';
    }
    $url = string_field($body, 'url', '', MAX_URL, $errors);
    if (isset($errors['url'])) {
        return '';
    }
    $parts = $url === '' ? false : parse_url($url);
    if ($url === '') {
        $errors['url'][] = 'This field may not be blank.';
    } elseif (!filter_var($url, FILTER_VALIDATE_URL) || strtolower($parts['scheme'] ?? '') !== 'https') {
        $errors['url'][] = 'Enter a valid URL.';
    } elseif (!is_public_address($parts['host'] ?? '')) {
        $errors['url'][] = 'This address is not allowed.';
    }
    return $url;
}

function boolean_field(array $body, string $name, bool $default, array &$errors): bool
{
    $value = $body[$name] ?? (array_key_exists($name, $body) ? null : $default);
    if (is_bool($value)) {
        return $value;
    }
    $word = is_string($value) || is_int($value) ? strtolower(trim((string) $value)) : '';
    if (in_array($word, ['true', 't', 'yes', 'y', 'on', '1'], true)) {
        return true;
    }
    if (!in_array($word, ['false', 'f', 'no', 'n', 'off', '0'], true)) {
        $errors[$name][] = $value === null ? 'This field may not be null.' : 'Must be a valid boolean.';
    }
    return false;
}

function valid_webhook(array $body): array
{
    $errors = [];
    $webhook = [
        'url' => url_field($body, $errors),
        'name' => string_field($body, 'name', '', MAX_NAME, $errors),
        'check_cert' => (int) boolean_field($body, 'check_cert', true, $errors),
        'api_version' => string_field($body, 'api_version', 'v1', MAX_NAME, $errors),
    ];
    if (!isset($errors['api_version']) && $webhook['api_version'] !== 'v1') {
        $errors['api_version'][] = "\"{$webhook['api_version']}\" is not a valid choice.";
    }
    if ($errors) {
        throw new Refused(400, $errors);
    }
    return $webhook;
}

// The database

function connect(): PDO
{
    return new PDO(getenv('PHP_DSN'), getenv('PHP_USER'), getenv('PHP_PASSWORD'), [
        PDO::ATTR_PERSISTENT => true,
        PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
        PDO::ATTR_DEFAULT_FETCH_MODE => PDO::FETCH_ASSOC,
        PDO::MYSQL_ATTR_INIT_COMMAND => "SET time_zone = '+00:00', tx_isolation = 'READ-COMMITTED'",
    ]);
}

/** Key, target and greeting, or the refusal. */
function access(PDO $database, string $digest, int $target): array
{
    $statement = $database->prepare(
        "SELECT k.account_id, k.user_id, FIND_IN_SET('manage', k.rights) AS may_manage,
                NOT k.limited OR l.key_id IS NOT NULL AS within_limit, t.id AS target_id, e.id AS event_id,
                e.event_type, DATE_FORMAT(e.occurred_at, '%Y-%m-%dT%H:%i:%s.%fZ') AS occurred_at,
                e.occurred_at AS stored_occurred_at, e.content, UTC_TIMESTAMP(6) AS now
         FROM api_keys k
         LEFT JOIN api_key_targets l ON l.key_id = k.id AND l.target_id = :limit
         LEFT JOIN targets t ON t.id = :target AND t.account_id = k.account_id AND t.deleted_at IS NULL
         LEFT JOIN events e ON e.id = t.created_event_id
         WHERE k.digest = :digest AND k.revoked_at IS NULL
           AND (k.expires_at IS NULL OR k.expires_at > UTC_TIMESTAMP(6))"
    );
    $statement->execute(['limit' => $target, 'target' => $target, 'digest' => $digest]);
    $access = $statement->fetch();
    if ($access === false) {
        throw Refused::because(401, 'Incorrect authentication credentials.');
    }
    if (!$access['may_manage'] || !$access['within_limit']) {
        throw Refused::because(403, 'You do not have permission to perform this action.');
    }
    if ($access['target_id'] === null) {
        throw Refused::because(404, 'Not found.');
    }
    return $access;
}

/** A new secret, encrypted as the service does it: version, nonce, ciphertext, tag; the id is authenticated. */
function sealed_secret(int $webhook): string
{
    $nonce = random_bytes(12);
    $key = hex2bin(getenv('PHP_SECRET_KEY'));
    $text = openssl_encrypt(random_bytes(32), 'aes-256-gcm', $key, OPENSSL_RAW_DATA, $nonce, $tag, to_base58($webhook));
    return "\x01" . $nonce . $text . $tag;
}

function insert(PDO $database, array $access, array $webhook, int $id): void
{
    $database->beginTransaction();
    $database->prepare(
        'INSERT INTO webhooks
           (id, account_id, target_id, url, name, check_cert, api_version, secret, created_at, created_by)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'
    )->execute([$id, $access['account_id'], $access['target_id'], ...array_values($webhook), sealed_secret($id),
        $access['now'], $access['user_id']]);
    $database->prepare(
        'INSERT INTO deliveries (event_id, webhook_id, account_id, occurred_at, next_try) VALUES (?, ?, ?, ?, ?)'
    )->execute([$access['event_id'], $id, $access['account_id'], $access['stored_occurred_at'], $access['now']]);
    $database->prepare(
        "INSERT INTO counters (owner, owner_id, what, shard, n)
         VALUES ('account', ?, 'all_webhooks', CONNECTION_ID() MOD 8, 1),
                ('target', ?, 'webhook', CONNECTION_ID() MOD 8, 1)
         ON DUPLICATE KEY UPDATE n = n + VALUES(n)"
    )->execute([$access['account_id'], $access['target_id']]);
    $database->commit();
}

/** Returns the new webhook's id. A deadlock, or an id that exists, is tried again. */
function store(PDO $database, array $access, array $webhook): int
{
    for ($tries = 1;; ++$tries) {
        $id = generate_id();
        try {
            insert($database, $access, $webhook, $id);
            return $id;
        } catch (PDOException $error) {
            if ($database->inTransaction()) {
                $database->rollBack();
            }
            $is_passing = in_array($error->errorInfo[1] ?? 0, [ER_DEADLOCK, ER_DUPLICATE], true);
            if (!$is_passing || $tries === DATABASE_TRIES) {
                throw $error;
            }
        }
    }
}

// The answer

function event(array $access, array $webhook, int $id): array
{
    return [
        'id' => to_base58($access['event_id']),
        'event_type' => $access['event_type'],
        'occurred_at' => $access['occurred_at'],
        'object_type' => explode('_', $access['event_type'])[0],
        'content' => json_decode($access['content']),
        'webhooks' => [[
            'id' => to_base58($id),
            'api_version' => $webhook['api_version'],
            'status' => 'scheduled',
            'next_try' => str_replace(' ', 'T', $access['now']) . 'Z',
            'retries' => 0,
        ]],
    ];
}

function register(): array
{
    $target = target_id();
    $digest = key_digest();
    $database = connect();
    $access = access($database, $digest, $target);
    $webhook = valid_webhook(decoded_body());
    return event($access, $webhook, store($database, $access, $webhook));
}

try {
    $status = 200;
    $body = register();
} catch (Refused $refused) {
    $status = $refused->status;
    $body = $refused->body;
} catch (Throwable $error) {
    error_log((string) $error);
    $status = 500;
    $body = ['detail' => 'Unexpected error while handling your request.'];
}
http_response_code($status);
header('Content-Type: application/json');
if ($status === 401) {
    header('WWW-Authenticate: Bearer realm="targethooks"');
    header('WWW-Authenticate: JWT realm="targethooks"', false);
}
echo json_encode($body, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE);
