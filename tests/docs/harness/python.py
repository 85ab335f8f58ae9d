

if __name__ == "__main__":
    import sys
    for line in sys.stdin:
        *texts, body, now = [base64.b64decode(field) for field in line.rstrip("\n").split("\t")]
        print(verify(*[text.decode() for text in texts], body, int(now)))
