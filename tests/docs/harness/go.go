package main

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"example.com/receiver/webhooks"
)

func decode(field string) []byte {
	decoded, err := base64.StdEncoding.DecodeString(field)
	if err != nil {
		panic(err)
	}
	return decoded
}

func main() {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		field := func(n int) []byte { return decode(strings.Split(lines.Text(), "\t")[n]) }
		now, err := strconv.ParseInt(string(field(5)), 10, 64)
		if err != nil {
			panic(err)
		}
		fmt.Println(webhooks.Verify(string(field(0)), string(field(1)), string(field(2)), string(field(3)), field(4), time.Unix(now, 0)))
	}
}
